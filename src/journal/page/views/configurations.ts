import { decisions } from '../../lines.ts';
import { configurationDifference, listConfigurations } from '../../queries/configurations.ts';
import type { ConfigurationChange, ConfigurationDifference, ConfigurationRow } from '../../queries/usage.ts';
import { type Answer, PageError, type Question } from '../answer.ts';
import { shares, totalOf } from '../chart.ts';
import { counted, number, state, time as timeOf } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { readParams, readTime, requireNoProblems, timeNames } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { decisionWords } from '../words.ts';
import { exportLinks } from './export-links.ts';
import { leadOf, rangeLinks, timeParams } from './time-choice.ts';

const path = '/configurations';

/** Under which configurations decisions were made, which replicas use which, and what changed between two. */
export async function configurationsView({ db, params, now }: Question): Promise<Answer> {
  const reading = readParams(params, timeNames);
  const time = readTime(reading, now, '30d');
  requireNoProblems(reading);
  const shown = timeParams(time);
  const rows = await listConfigurations(db, time, now);
  const head = html`<p>${counted(rows.length, 'configuration')}. !${exportLinks('configurations', shown, false)}</p>`;
  const compare = rows.length < 2 ? nothing : compareForm(rows);
  const body = rows.length === 0 ? none : html`!${head}!${listBox(rows)}!${compare}`;
  const aside = rangeLinks(path, time, {});
  const sheet = { title: 'Configurations', lead: leadOf(time), aside, within: path, body } as const;
  return { status: 200, sheet, api: href('/api/v1/configurations', shown) };
}

const none = html`<section class="box"><h2>No configurations</h2><p class="quiet">No replica used any in this time.</p></section>`;

function listBox(rows: readonly ConfigurationRow[]): Html {
  const most = Math.max(1, ...rows.map(({ decisions: counts }) => totalOf(counts)));
  const columns: readonly Column<ConfigurationRow>[] = [
    {
      title: 'Configuration',
      cell: (row) =>
        html`<a href="${href('/decisions', { config: row.hash })}"><code>${row.hash}</code></a>!${row.known ? nothing : html`<br><span class="quiet">what it says never came</span>`}`,
    },
    { title: 'First seen', kind: 'when', cell: (row) => timeOf(row.firstSeen) },
    { title: 'Last seen', kind: 'when', cell: (row) => timeOf(row.lastSeen) },
    {
      title: 'Used now by',
      cell: (row) =>
        row.instances.length === 0
          ? html`<span class="quiet">nobody</span>`
          : html`<span title="${row.instances.join(', ')}">!${state('good', counted(row.instances.length, 'replica'))}</span>`,
    },
    {
      title: 'Decisions made',
      cell: (row) =>
        html`!${shares(row.decisions, decisions, most)}<span class="unseen">${wordsOf(row.decisions)}</span>`,
    },
    { title: 'Denied', kind: 'number', cell: (row) => html`${number(row.decisions.deny ?? 0)}` },
    { title: 'Decisions', kind: 'number', cell: (row) => html`${number(totalOf(row.decisions))}` },
    { title: 'Changed', cell: (row) => changeLink(row, rows) },
  ];
  return html`<section class="box" aria-labelledby="list"><header><h2 id="list">History</h2></header>!${table({ caption: 'Configurations', columns, rows })}</section>`;
}

/** What the one that was there before lacks: the next older of the list. */
function changeLink(row: ConfigurationRow, rows: readonly ConfigurationRow[]): Html {
  const older = rows
    .filter(({ firstSeen }) => firstSeen < row.firstSeen)
    .toSorted((a, b) => b.firstSeen - a.firstSeen)[0];
  if (older === undefined) return nothing;
  return html`<a href="${href(`${path}/difference`, { old: older.hash, new: row.hash })}">What changed<span class="unseen"> with ${row.hash}</span></a>`;
}

function compareForm(rows: readonly ConfigurationRow[]): Html {
  const options = (chosen: string) =>
    rows.map(
      ({ hash, firstSeen }) =>
        html`<option value="${hash}"!${hash === chosen ? html` selected` : nothing}>${hash}, since ${new Date(firstSeen).toISOString().slice(0, 16).replace('T', ' ')}</option>`,
    );
  return html`<section class="box"><header><h2>Compare two</h2></header><form method="get" action="${path}/difference"><div class="filters wide">
<div class="field"><label class="field" for="old"><span>From</span></label><select id="old" name="old">!${options(rows[1]?.hash ?? '')}</select></div>
<div class="field"><label class="field" for="new"><span>To</span></label><select id="new" name="new">!${options(rows[0]?.hash ?? '')}</select></div>
<div class="actions"><button type="submit">Show what changed</button></div></div></form></section>`;
}

/** What changed between two configurations, in words. */
export async function differenceView({ db, params }: Question): Promise<Answer> {
  const reading = readParams(params, ['old', 'new']);
  const { old, new: next } = reading.parameters;
  requireNoProblems(reading);
  if (old === undefined || next === undefined) {
    const message = 'Give `old` and `new`, the hashes of two configurations.';
    throw new PageError({ status: 400, title: 'Two configurations are needed', message });
  }
  const difference = await configurationDifference(db, old, next);
  const back = href(`${path}/difference`, { old: next, new: old });
  const lead = html`From <code>${old}</code> to <code>${next}</code>`;
  const body = html`!${differenceBody(difference)}<p><a href="${path}">All configurations</a> · <a href="${back}">The other way round</a> · !${exportLinks('changes', reading.given, false)}</p>`;
  return {
    status: 200,
    sheet: { title: 'What changed', lead, within: path, body },
    api: href('/api/v1/changes', { old, new: next }),
  };
}

const effects: Readonly<Record<ConfigurationChange['effect'], readonly [kind: string, words: string]>> = {
  weaker: ['bad', 'Lets more through'],
  stronger: ['good', 'Lets less through'],
  other: ['quiet', 'Cannot be said'],
};

function differenceBody({ from, to, unknown, changes }: ConfigurationDifference): Html {
  if (unknown.length > 0) {
    return html`<div class="note care"><p>What this needs is not here: no replica told what ${unknown.join(' and ')} ${unknown.length === 1 ? 'says' : 'say'}.</p></div>`;
  }
  if (changes.length === 0) {
    return html`<div class="note"><p>${from === to ? 'They are one and the same.' : 'They say the same.'}</p></div>`;
  }
  const columns: readonly Column<ConfigurationChange>[] = [
    { title: 'Part', cell: ({ subject }) => html`<strong>${subject}</strong>` },
    { title: 'Change', kind: 'name', cell: ({ text }) => html`${text}` },
    { title: 'Effect', cell: ({ effect }) => state(...effects[effect]) },
  ];
  return html`<section class="box"><header><h2>${counted(changes.length, 'change')}</h2></header>!${table({ caption: 'Changes', columns, rows: changes })}</section>`;
}

function wordsOf(counts: ConfigurationRow['decisions']): string {
  const present = decisions.filter((one) => (counts[one] ?? 0) > 0);
  return present.map((one) => `${decisionWords[one].name}: ${number(counts[one] ?? 0)}`).join(', ');
}
