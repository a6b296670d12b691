import { exemptionsUsed } from '../../queries/exemptions.ts';
import { span, text } from '../../queries/parameters.ts';
import type { ExemptionRow } from '../../queries/usage.ts';
import { dayMs } from '../../store/schema.ts';
import type { Answer, Question } from '../answer.ts';
import { ago, counted, longName, number, state } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { readParams, readTime, requireNoProblems, timeNames } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { exportLinks } from './export-links.ts';
import { findingCounts } from './finding-counts.ts';
import { leadOf, rangeLinks, timeParams } from './time-choice.ts';

const path = '/exemptions';
/** How long before its end an exemption is told to be expiring, in milliseconds. */
const usualSoon = 14 * dayMs;

const stateWords: Readonly<Record<ExemptionRow['state'], readonly [kind: string, words: string]>> = {
  'in-force': ['good', 'In force'],
  expiring: ['care', 'Ends soon'],
  expired: ['bad', 'Expired'],
  gone: ['quiet', 'Gone'],
};

/** Which exemptions there are, which nobody used, which end soon, and what each let through. */
export async function exemptionsView({ db, params, now }: Question): Promise<Answer> {
  const reading = readParams(params, [...timeNames, 'exemption', 'soon']);
  const time = readTime(reading, now, '90d');
  const name = reading.attempt((parameters) => text(parameters, 'exemption'), undefined);
  const soon = reading.attempt((parameters) => span(parameters, 'soon'), undefined) ?? usualSoon;
  requireNoProblems(reading);
  const shown = { ...reading.given, ...timeParams(time) };
  const result = await exemptionsUsed(db, { ...time, soon, now, ...(name === undefined ? {} : { name }) });
  const groups = groupsOf(result.exemptions);
  const head = html`<p>${counted(result.exemptions.length, 'exemption')}. !${exportLinks('exemptions', shown, false)}</p>`;
  const list = groups.length === 0 ? none : html`!${head}!${groups.map((group) => box(group, now))}`;
  const body = html`!${unknownNote(result.unknownConfigurations)}!${list}`;
  const aside = rangeLinks(path, time, reading.given);
  const sheet = { title: 'Exemptions', lead: leadOf(time), aside, within: path, body } as const;
  return { status: 200, sheet, api: href('/api/v1/exemptions', shown) };
}

interface Group {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly ExemptionRow[];
}

/** What somebody should look after comes first. */
function groupsOf(all: readonly ExemptionRow[]): readonly Group[] {
  const of = (id: string, title: string, isOne: (row: ExemptionRow) => boolean) => ({
    id,
    title,
    rows: all.filter(isOne),
  });
  return [
    of('ending', 'Expired, or ending soon', ({ state: one }) => one === 'expiring' || one === 'expired'),
    of('unused', 'In force, and used by nobody', ({ state: one, used }) => one === 'in-force' && !used),
    of('used', 'In force, and used', ({ state: one, used }) => one === 'in-force' && used),
    of('gone', 'In no configuration any more', ({ state: one }) => one === 'gone'),
  ].filter(({ rows }) => rows.length > 0);
}

const none = html`<section class="box"><h2>No exemptions</h2><p class="quiet">No configuration in force has any, and none let anything through in this time.</p></section>`;

function unknownNote(hashes: readonly string[]): Html {
  if (hashes.length === 0) return nothing;
  const items = hashes.map((hash) => html`<li><code>${hash}</code></li>`);
  return html`<div class="note care"><p>What these configurations say never came, so exemptions of theirs may be missing here, and the dates of others too:</p><ul>!${items}</ul></div>`;
}

function box({ id, title, rows }: Group, now: number): Html {
  const columns: readonly Column<ExemptionRow>[] = [
    { title: 'Exemption', kind: 'name', cell: nameOf },
    {
      title: 'State',
      kind: 'state-cell',
      cell: (row) =>
        html`!${state(...stateWords[row.state])}!${row.expires === null ? nothing : html`<br><span class="quiet nowrap">${row.expires === 'never' ? 'never ends' : `ends ${row.expires}`}</span>`}`,
    },
    { title: 'For', cell: (row) => html`${row.namespaces.join(', ')}` },
    { title: 'Owner', cell: (row) => longName(row.owner ?? '') },
    { title: 'Let through', kind: 'name', cell: (row) => findingCounts(row.findings) },
    { title: 'Requests', kind: 'number', cell: (row) => html`${number(row.n)}` },
    {
      title: 'Last used',
      cell: (row) => (row.last === null ? html`<span class="quiet">not in this time</span>` : ago(row.last, now)),
    },
  ];
  return html`<section class="box" aria-labelledby="${id}"><header><h2 id="${id}">${title}</h2></header>!${table({ caption: title, columns, rows })}</section>`;
}

function nameOf({ name, reason, n }: ExemptionRow): Html {
  const link =
    n === 0
      ? html`<strong>${name}</strong>`
      : html`<a href="${href('/decisions', { exemption: name, since: '90d' })}">${name}</a>`;
  return html`!${link}!${reason === null ? nothing : html`<br><span class="quiet">${reason}</span>`}`;
}
