import type { Decision } from '../../../admission/outcome.ts';
import { decisions } from '../../lines.ts';
import { endingExemptions } from '../../queries/exemptions.ts';
import { gapsIn, instancesAt } from '../../queries/health.ts';
import { byCheck, byNamespace, type Counted, decisionsOverTime } from '../../queries/overview.ts';
import { dayMs, type FindingOutcome } from '../../store/schema.ts';
import type { Answer, Question } from '../answer.ts';
import { fileAnswer } from '../api.ts';
import { shares } from '../chart.ts';
import { number } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { type ChosenTime, readParams, readTime, requireNoProblems, timeNames } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { decisionWords, outcomeColours } from '../words.ts';
import { emptyJournal } from './empty.ts';
import { exportLinks } from './export-links.ts';
import { attention, gapsTable, type Health, instancesTable } from './health.ts';
import { bucketOf, decisionsChart } from './overview-chart.ts';
import { leadOf, rangeLinks, timeParams } from './time-choice.ts';

/** Rows of a table that is only a part of the page. */
const shown = 10;
const mostMore = 60;
/** How long before its end an exemption is told of. */
const soon = 14 * dayMs;

/** Decisions over time, by check and by namespace, and whether what is shown is all there is. */
export async function overview(question: Question): Promise<Answer> {
  const { time, buckets, checks, namespaces, health } = await countsOf(question);
  const over = buckets.length === 0 ? nothingRecorded : decisionsChart(buckets, time);
  const body =
    health.instances.length === 0 && buckets.length === 0
      ? emptyJournal()
      : html`!${attention(health)}!${tiles(totalsOf(buckets), time)}
<section class="box" aria-labelledby="over-time"><header><h2 id="over-time">Decisions over time</h2></header>!${over}</section>
<div class="grid">!${checksBox(checks, time)}!${namespacesBox(namespaces, time)}</div>
<section class="box" aria-labelledby="replicas"><header><h2 id="replicas">Replicas</h2>!${exportLinks('instances', {}, false)}</header>!${instancesTable(health)}</section>
<section class="box" aria-labelledby="gaps"><header><h2 id="gaps">Gaps</h2>!${exportLinks('gaps', timeParams(time))}</header>!${gapsTable(health)}</section>`;
  const aside = rangeLinks('/', time, {}, true);
  const sheet = { title: 'Overview', lead: leadOf(time), aside, within: '/', body } as const;
  return { status: 200, sheet, api: href('/api/v1/overview', timeParams(time)) };
}

/** The same for programs. Times are milliseconds since the epoch. */
export async function overviewJson(question: Question): Promise<Answer> {
  const { time, buckets, checks, namespaces, health } = await countsOf(question);
  const { instances, gaps, exemptions } = health;
  const { from, to } = time;
  const json = { version: 1, from, to, overTime: buckets, byCheck: checks, byNamespace: namespaces, instances, gaps };
  const text = `${JSON.stringify({ ...json, endingExemptions: exemptions })}\n`;
  return fileAnswer({ name: 'overview', format: 'json', download: false, text, now: question.now });
}

async function countsOf({ db, params, now }: Question) {
  const reading = readParams(params, timeNames);
  const time = readTime(reading, now, '7d');
  requireNoProblems(reading);
  const [buckets, checks, namespaces, instances, gaps, exemptions] = await Promise.all([
    decisionsOverTime(db, time, bucketOf(time)),
    byCheck(db, time),
    byNamespace(db, time),
    instancesAt(db, now),
    gapsIn(db, time, now),
    endingExemptions(db, { soon, now }),
  ]);
  const health: Health = { instances, gaps, exemptions, now };
  return { time, buckets, checks, namespaces, health };
}

const nothingRecorded = html`<p class="quiet">Nothing was recorded in this time.</p>`;

function totalsOf(
  buckets: readonly { readonly decision: Decision; readonly n: number }[],
): Readonly<Partial<Record<Decision, number>>> {
  const totals: Partial<Record<Decision, number>> = {};
  for (const { decision, n } of buckets) totals[decision] = (totals[decision] ?? 0) + n;
  return totals;
}

function tiles(totals: Readonly<Partial<Record<Decision, number>>>, time: ChosenTime): Html {
  const always: readonly Decision[] = ['deny', 'would-deny', 'exempt', 'patch', 'warn'];
  const items = decisions
    .filter((decision) => always.includes(decision) || (decision !== 'allow' && (totals[decision] ?? 0) > 0))
    .map(
      (
        decision,
      ) => html`<li><a href="${href('/decisions', { decision, ...timeParams(time) })}" title="${decisionWords[decision].meaning}">
<span class="many">${number(totals[decision] ?? 0)}</span><span class="state ${decision} what">${decisionWords[decision].name}</span></a></li>`,
    );
  return html`<ul class="numbers" aria-label="Decisions">!${items}</ul>`;
}

function checksBox(checks: readonly Counted<FindingOutcome>[], time: ChosenTime): Html {
  const most = Math.max(1, ...checks.map(({ total }) => total));
  const columns: readonly Column<Counted<FindingOutcome>>[] = [
    {
      title: 'Check',
      cell: ({ name }) => html`<a href="${href('/decisions', { check: name, ...timeParams(time) })}">${name}</a>`,
    },
    { title: 'What became of it', kind: 'share-cell', cell: ({ outcomes }) => bar(coloured(outcomes), most) },
    { title: 'Denied', kind: 'number', cell: ({ outcomes }) => html`${number(outcomes.deny ?? 0)}` },
    { title: 'Decisions', kind: 'number', cell: ({ total }) => html`${number(total)}` },
  ];
  return counts({ id: 'by-check', title: 'By check', columns, rows: checks, what: 'check' });
}

function namespacesBox(namespaces: readonly Counted<Decision>[], time: ChosenTime): Html {
  const most = Math.max(1, ...namespaces.map(({ total }) => total));
  const columns: readonly Column<Counted<Decision>>[] = [
    {
      title: 'Namespace',
      cell: ({ name }) =>
        name === ''
          ? html`<span class="quiet">none: of the whole cluster</span>`
          : html`<a href="${href('/decisions', { namespace: name, ...timeParams(time) })}">${name}</a>`,
    },
    { title: 'Decisions made', kind: 'share-cell', cell: ({ outcomes }) => bar(outcomes, most) },
    { title: 'Denied', kind: 'number', cell: ({ outcomes }) => html`${number(outcomes.deny ?? 0)}` },
    { title: 'Decisions', kind: 'number', cell: ({ total }) => html`${number(total)}` },
  ];
  return counts({ id: 'by-namespace', title: 'By namespace', columns, rows: namespaces, what: 'namespace' });
}

function bar(counts: Readonly<Partial<Record<Decision, number>>>, most: number): Html {
  const words = decisions
    .filter((one) => (counts[one] ?? 0) > 0)
    .map((one) => `${decisionWords[one].name}: ${number(counts[one] ?? 0)}`);
  return html`<span title="${words.join(', ')}">!${shares(counts, decisions, most)}<span class="unseen">${words.join(', ')}</span></span>`;
}

function coloured(outcomes: Readonly<Partial<Record<FindingOutcome, number>>>): Partial<Record<Decision, number>> {
  const colours: Partial<Record<Decision, number>> = {};
  for (const [outcome, n] of Object.entries(outcomes) as [FindingOutcome, number][]) {
    const colour = outcomeColours[outcome];
    colours[colour] = (colours[colour] ?? 0) + n;
  }
  return colours;
}

function counts<O extends string>({
  id,
  title,
  columns,
  rows,
  what,
}: {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column<Counted<O>>[];
  readonly rows: readonly Counted<O>[];
  readonly what: string;
}): Html {
  const first = rows.slice(0, shown);
  const rest = rows.slice(shown);
  const more =
    rest.length === 0
      ? nothing
      : html`<details class="more"><summary>${number(rest.length)} more ${what}${rest.length === 1 ? '' : 's'}</summary>!${table({ caption: `${title}, continued`, columns, rows: rest.slice(0, mostMore), isNarrow: true })}!${rest.length <= mostMore ? nothing : html`<p class="quiet">Only the first ${mostMore} of these; the JSON has all.</p>`}</details>`;
  const content =
    first.length === 0
      ? nothingRecorded
      : html`!${table({ caption: title, columns, rows: first, isNarrow: true })}!${more}`;
  return html`<section class="box" aria-labelledby="${id}"><header><h2 id="${id}">${title}</h2></header>!${content}</section>`;
}
