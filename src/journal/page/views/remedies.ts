import type { Explanation } from '../../../output/explanation.ts';
import { explanations } from '../../../output/explanations.ts';
import type { DecisionRecord } from '../../../record/record.ts';
import { type Html, html, nothing } from '../markup.ts';

/** Remedies that are shown at once; they are long. */
const shown = 6;

let known: ReadonlyMap<string, Explanation> | undefined;

/** What is told of a check, unless it is one of another version. Gathered once, when it is first asked for. */
function explanationOf(check: string): Explanation | undefined {
  known ??= new Map(explanations().map((one) => [one.id, one]));
  return known.get(check);
}

/** What to do instead, for each check that refused, warned of or recorded something in a decision. */
export function remedies({ judgements }: DecisionRecord): Html {
  const ids = [...new Set(judgements.filter(({ outcome }) => outcome !== 'ignore').map(({ check }) => check))];
  if (ids.length === 0) return nothing;
  const rest = ids.slice(shown);
  const others =
    rest.length === 0
      ? nothing
      : html`<p class="quiet">See also ${rest.join(', ')}: <code>pratique explain CHECK</code>.</p>`;
  return html`<section class="box" aria-labelledby="remedy"><header><h2 id="remedy">What to do instead</h2></header>!${ids.slice(0, shown).map(remedy)}!${others}</section>`;
}

function remedy(check: string): Html {
  const explanation = explanationOf(check);
  if (explanation === undefined) {
    return html`<div class="remedy"><h3>${check}</h3><p>This version of Pratique has no check of that name: the record is of another version.</p></div>`;
  }
  const { title, why, remedy: instead, gitlab, examples } = explanation;
  return html`<div class="remedy"><h3>${check}: ${title}</h3><p>!${prose(instead)}</p>!${gitlab === undefined ? nothing : html`<p>In GitLab: !${prose(gitlab)}</p>`}
<details class="more"><summary>Why, and an example for ${check}</summary><p>!${prose(why)}</p><p>Instead of</p><pre>${examples.before}</pre><p>write</p><pre>${examples.after}</pre></details></div>`;
}

/** The check reference writes code between backticks, and links as Markdown does, of which only the words are shown. */
function prose(words: string): Html {
  const parts = words.replaceAll(/\[([^\][]*)\]\([^()]*\)/g, '$1').split('`');
  return html`!${parts.map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))}`;
}
