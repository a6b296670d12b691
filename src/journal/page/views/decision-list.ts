import type { DecisionRow } from '../../queries/questions.ts';
import { longName, objectName, state, time } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { decisionWords } from '../words.ts';

/** Checks that are named in a row; the others are counted. */
const shownChecks = 4;

/** A list of decisions; each leads to its own page. */
export function decisionTable(rows: readonly DecisionRow[], caption: string): Html {
  return table({ caption, columns, rows });
}

const columns: readonly Column<DecisionRow>[] = [
  { title: 'When (UTC)', kind: 'when', cell: (row) => html`<a href="${decisionHref(row)}">!${time(row.ts)}</a>` },
  {
    title: 'Decision',
    kind: 'state-cell',
    cell: (row) => html`!${decisionState(row)}!${row.dryRun ? html` <span class="tag">dry run</span>` : nothing}`,
  },
  { title: 'Namespace', cell: (row) => html`${row.namespace ?? ''}` },
  { title: 'Object', kind: 'name', cell: objectOf },
  { title: 'Checks', cell: checksOf },
  { title: 'User', kind: 'name', cell: (row) => longName(row.user ?? '') },
];

function decisionHref({ id }: Pick<DecisionRow, 'id'>): string {
  return `/decisions/${id}`;
}

/** What was decided, in a word; in another one when the word is of a newer version. */
export function decisionState({ decision }: Pick<DecisionRow, 'decision'>): Html {
  const words: { readonly name: string } | undefined = decisionWords[decision];
  return state(decision, words?.name ?? decision);
}

function objectOf({ resource, name, owner }: DecisionRow): Html {
  const kind = resource ?? 'unknown';
  const own = owner === null ? nothing : html`<br><span class="quiet">of !${longName(owner)}</span>`;
  return html`${kind}/!${longName(objectName(name ?? '?'))}!${own}`;
}

function checksOf({ checks, exemption }: DecisionRow): Html {
  if (checks.length === 0 && exemption === null) return nothing;
  const names = [...new Set(checks.map(({ check }) => check))];
  const tags = names.slice(0, shownChecks).map((name) => html`<li class="tag">${name}</li>`);
  const rest = names.length - shownChecks;
  const more = rest > 0 ? [html`<li class="quiet">and ${rest} more</li>`] : [];
  const exempt =
    exemption === null
      ? []
      : [html`<li class="quiet">by <a href="${href('/decisions', { exemption })}">${exemption}</a></li>`];
  return html`<ul class="tags">!${[...tags, ...more, ...exempt]}</ul>`;
}
