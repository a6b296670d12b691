import type { Gap, Instance } from '../../queries/health.ts';
import type { EndingExemption } from '../../queries/usage.ts';
import { dayMs } from '../../store/schema.ts';
import { ago, counted, number, span, state, time } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';

/** What is known of the journal's sources. */
export interface Health {
  readonly instances: readonly Instance[];
  readonly gaps: readonly Gap[];
  readonly exemptions: readonly EndingExemption[];
  readonly now: number;
}

/** A certificate that ends sooner is told of, in milliseconds. */
const certificateSoon = 14 * dayMs;
/** Rows of a table that is only a part of a page. */
const shown = 12;

const stateWords: Readonly<Record<Instance['state'], readonly [kind: string, words: string]>> = {
  live: ['good', 'Live'],
  silent: ['bad', 'Silent'],
  gone: ['quiet', 'Gone'],
  ended: ['quiet', 'Ended'],
  unknown: ['care', 'No heartbeat'],
};

/** What somebody should look after, the worst first; nothing when all is well. */
export function attention(health: Health): Html {
  const lines = [...silences(health), ...losses(health), ...expiries(health), ...disagreements(health)];
  if (lines.length === 0) return nothing;
  return html`<div class="note care"><h2>${counted(lines.length, 'thing')} to look after</h2><ul>!${lines}</ul></div>`;
}

function silences({ instances, now }: Health): readonly Html[] {
  return instances
    .filter((one) => one.state === 'silent')
    .slice(0, 5)
    .map(
      ({ name, lastHeartbeat }) =>
        html`<li><strong class="break">${name}</strong> is silent: it did not say that it ends, and its last heartbeat was !${ago(lastHeartbeat ?? 0, now)}.</li>`,
    );
}

function losses({ instances, gaps }: Health): readonly Html[] {
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const dropped = instances.filter(({ state: one }) => one === 'live').reduce((sum, one) => sum + one.dropped, 0);
  return [
    ...(missing === 0
      ? []
      : [
          html`<li>${counted(missing, 'decision is', 'decisions are')} missing in ${counted(gaps.length, 'gap')}. <a href="#gaps">See when</a>; the log collector may still have them.</li>`,
        ]),
    ...(dropped === 0
      ? []
      : [html`<li>${counted(dropped, 'line was', 'lines were')} dropped by replicas that are live.</li>`]),
  ];
}

function expiries({ instances, exemptions, now }: Health): readonly Html[] {
  const certificates = instances
    .filter(
      (one) =>
        one.state === 'live' && one.certificateExpires !== null && one.certificateExpires - now < certificateSoon,
    )
    .slice(0, 5)
    .map(
      ({ name, certificateExpires }) =>
        html`<li>The certificate of <strong class="break">${name}</strong> ends !${ago(certificateExpires ?? 0, now)}.</li>`,
    );
  return [...certificates, ...exemptions.slice(0, 5).map(exemptionLine)];
}

function exemptionLine({ name, state: one, owner, expires }: EndingExemption): Html {
  const what = one === 'expired' ? 'expired after' : 'ends with';
  return html`<li>The exemption <a class="break" href="${href('/exemptions', { exemption: name })}">${name}</a> of ${owner} ${what} ${expires}.</li>`;
}

function disagreements({ instances }: Health): readonly Html[] {
  const live = instances.filter((one) => one.state === 'live' && one.configHash !== null);
  const hashes = new Set(live.map((one) => one.configHash));
  if (hashes.size < 2) return [];
  return [
    html`<li>Live replicas use ${number(hashes.size)} different configurations. <a href="/configurations">See what differs</a>.</li>`,
  ];
}

/** The replicas, those that run first. */
export function instancesTable({ instances, now }: Health): Html {
  const ended = instances.filter((one) => one.state === 'ended').length;
  const gone = instances.filter((one) => one.state === 'gone').length;
  const running = instances.filter((one) => one.state !== 'ended' && one.state !== 'gone');
  const rows = (running.length === 0 ? instances : running).slice(0, shown);
  const columns: readonly Column<Instance>[] = [
    {
      title: 'Replica',
      kind: 'name',
      cell: (one) => html`<a href="${href('/decisions', { instance: one.name })}">${one.name}</a>`,
    },
    { title: 'State', cell: (one) => state(...stateWords[one.state]) },
    {
      title: 'Last heartbeat',
      cell: (one) => (one.lastHeartbeat === null ? html`never` : ago(one.lastHeartbeat, now)),
    },
    { title: 'Reviews', kind: 'number', cell: (one) => html`${number(one.received)}` },
    { title: 'Dropped', kind: 'number', cell: (one) => html`${number(one.dropped)}` },
    { title: 'Waiting', kind: 'number', cell: (one) => html`${number(one.queued)}` },
    { title: 'Configuration', cell: (one) => html`<code>${one.configHash ?? ''}</code>` },
    { title: 'Version', cell: (one) => html`${one.version ?? ''}` },
    {
      title: 'Certificate ends',
      cell: (one) => (one.certificateExpires === null ? html`not told` : ago(one.certificateExpires, now)),
    },
  ];
  const rest = Math.max(0, running.length - rows.length);
  const notes = [
    ...(rest === 0 ? [] : [`${counted(rest, 'more replica')} not shown.`]),
    ...(ended === 0 || running.length === 0 ? [] : [`${counted(ended, 'earlier replica')} ended as they should.`]),
    ...(gone === 0 || running.length === 0
      ? []
      : [`${counted(gone, 'earlier replica')} fell silent more than 7 days ago.`]),
  ];
  return html`!${table({ caption: 'Replicas of the webhook', columns, rows })}!${notes.length === 0 ? nothing : html`<p class="quiet">${notes.join(' ')}</p>`}`;
}

/** Where decisions are missing. */
export function gapsTable({ gaps }: Health): Html {
  if (gaps.length === 0) {
    return html`<p class="quiet">None: every decision of this time that a replica numbered is here.</p>`;
  }
  const columns: readonly Column<Gap>[] = [
    { title: 'Replica', kind: 'name', cell: (one) => html`${one.instance}` },
    { title: 'Missing', kind: 'number', cell: (one) => html`${number(one.missing)}` },
    { title: 'Numbers', cell: (one) => html`${one.firstSeq}–${one.lastSeq}` },
    { title: 'After', cell: (one) => (one.after === null ? html`its start` : time(one.after)) },
    { title: 'Before', cell: (one) => time(one.before) },
    {
      title: 'Length',
      cell: (one) => (one.after === null ? nothing : html`${span(Math.max(0, one.before - one.after))}`),
    },
  ];
  const rest = gaps.length - shown;
  return html`!${table({ caption: 'Gaps', columns, rows: gaps.slice(0, shown) })}!${rest <= 0 ? nothing : html`<p class="quiet">${counted(rest, 'more gap')} not shown.</p>`}
<p class="quiet"><code>pratique journal ingest FILE</code> fills a gap from what the log collector has.</p>`;
}
