import { type Html, html } from '../markup.ts';

/** What to do when nothing ever came: said here, since whoever sets it up looks here first. */
export function emptyJournal(): Html {
  return html`<section class="box"><h2>Nothing has been recorded yet</h2>
<p>The store is there and empty: no replica of the webhook has sent anything. Three things make records come.</p>
<ol>
<li><strong>Point the webhook at this journal.</strong> Start <code>pratique serve</code> with <code>--journal-url</code>, or set the journal's values of the Helm chart. A replica says that it is there at once, before the first decision.</li>
<li><strong>Load what was logged before.</strong> <code>pratique journal ingest FILE</code> reads decision records from a log collector, and the API server's audit log.</li>
<li><strong>Make a decision.</strong> Ask for something that is denied, without creating it:
<pre>kubectl run probe --image=docker:dind --privileged --dry-run=server</pre></li>
</ol>
<p>If the webhook is set up and nothing comes, its metrics say what becomes of what it sends, and <code>pratique doctor</code> says what is wrong with an installation.</p>
</section>`;
}
