import { checks } from '../../../checks/registry.ts';
import { whatWouldBreak } from '../../queries/breaks.ts';
import { number, raiseOf, text } from '../../queries/parameters.ts';
import type { BreakResult, Coverage, WorkloadChange } from '../../queries/roll-out.ts';
import type { Answer, Question } from '../answer.ts';
import { type FormState, givenValue, problemsNote, selectField, textField, timeFields } from '../form.ts';
import { ago, counted, number as countOf, longName, objectName, time } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { readParams, readTime, timeNames } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { exportLinks } from './export-links.ts';
import { findingCounts } from './finding-counts.ts';
import { leadOf } from './time-choice.ts';

const path = '/what-would-break';
const modes = ['enforce', 'warn'] as const;
const actions = ['deny', 'warn'] as const;
const usualOwners = 50;
const mostOwners = 1000;

/** The parameters that raise something. */
const raiseNames = ['mode', 'profile', 'checks', 'action'] as const;

/** Which workloads would be denied, had a mode, an action or a profile been raised before. */
export async function whatWouldBreakView({ db, params, now, version }: Question): Promise<Answer> {
  const reading = readParams(params, [...timeNames, ...raiseNames, 'namespace', 'limit']);
  const { given, parameters, problems } = reading;
  const isAsked = raiseNames.some((name) => name !== 'action' && parameters[name] !== undefined);
  const chosen = readTime(reading, now, '7d');
  const raise = reading.attempt((all) => raiseOf(isAsked ? all : {}), {});
  const limit = reading.attempt((all) => number(all, 'limit', usualOwners, mostOwners), usualOwners);
  const namespace = reading.attempt((all) => text(all, 'namespace'), undefined);
  const sheet = { title: 'What would break', lead: leadOf(chosen), within: path } as const;
  const form = questionForm(reading);
  if (problems.length > 0) return { status: 400, sheet: { ...sheet, body: html`!${problemsNote(reading)}!${form}` } };
  if (!isAsked) return { status: 200, sheet: { ...sheet, body: html`!${introduction}!${form}` } };
  const question = { ...chosen, raise, limit, ...(namespace === undefined ? {} : { namespace }) };
  const result = await whatWouldBreak(db, question, now);
  const body = html`!${form}!${answerOf(result, reading, { now, version })}`;
  return { status: 200, sheet: { ...sheet, body }, api: href('/api/v1/breaks', given) };
}

const introduction = html`<div class="note"><p>Choose a namespace and what to raise there. The answer comes from the findings that were recorded: which workloads would have been denied, how often, and since when. What the records cannot tell is listed too, and never counted as fine.</p></div>`;

function questionForm(form: FormState): Html {
  const ids = checks.map(({ id }) => id);
  const options = (values: readonly string[]) => values.map((value) => ({ value, words: value }));
  return html`<form class="box" method="get" action="${path}" aria-label="What is raised, and where">
<div class="filters">!${textField(form, { name: 'namespace', words: 'Namespace', hint: 'everywhere' })}!${selectField(form, { name: 'mode', words: 'Raise the mode to', any: 'leave it', options: options(modes) })}!${textField(form, { name: 'profile', words: 'Use the profile', hint: 'strict', options: ['dind', 'strict', 'baseline', 'restricted'] })}!${textField(form, { name: 'checks', words: 'Raise these checks', hint: 'host-network, run-as-root', options: ids })}!${selectField(form, { name: 'action', words: '… to the action', any: 'deny', options: options(actions.slice(1)) })}!${timeFields(form, '7d')}</div>
<div class="actions"><button type="submit">Show what would break</button><a href="${path}">Clear all</a><span class="quiet">In a namespace a <code>*</code> stands for any text.</span></div>
</form>`;
}

function answerOf(
  { breaks, more, coverage }: BreakResult,
  form: FormState,
  { now, version }: Pick<Question, 'now' | 'version'>,
): Html {
  const { given } = form;
  const total = breaks.reduce((sum, { n }) => sum + n, 0);
  const where = givenValue(form, 'namespace') === '' ? 'anywhere' : `in ${givenValue(form, 'namespace')}`;
  const fine = html`<div class="note"><h2>Nothing that was judged would break ${where}</h2><p>${counted(coverage.judged, 'decision')} of this time ${coverage.judged === 1 ? 'was' : 'were'} judged anew.</p></div>`;
  const columns: readonly Column<WorkloadChange>[] = [
    { title: 'Namespace', cell: (row) => html`${row.namespace ?? ''}` },
    {
      title: 'Workload',
      kind: 'name',
      cell: (row) => html`<a href="/decisions/${row.lastId}">!${longName(objectName(row.workload ?? 'unknown'))}</a>`,
    },
    { title: 'Why', kind: 'name', cell: (row) => findingCounts(row.findings) },
    { title: 'Denials', kind: 'number', cell: (row) => html`${countOf(row.n)}` },
    { title: 'First', cell: (row) => ago(row.first, now) },
    { title: 'Last', cell: (row) => ago(row.last, now) },
  ];
  const rest =
    more === 0 ? nothing : html`<p class="quiet">${counted(more, 'more workload')} not shown; the export has more.</p>`;
  const list = html`<section class="box" aria-labelledby="breaks"><header><h2 id="breaks">${counted(breaks.length + more, 'workload')} would be denied ${where}, ${countOf(total)}!${more === 0 ? nothing : html`+`} times</h2>!${exportLinks('breaks', given)}</header>!${table({ caption: 'Workloads that would be denied', columns, rows: breaks })}!${rest}</section>`;
  return html`!${breaks.length === 0 ? fine : list}!${coverageBox(coverage, version)}`;
}

/** What the answer does not cover: as visible as the answer. */
function coverageBox({ read, judged, unjudged, notRecorded, versions, readFrom }: Coverage, own: string): Html {
  const foreign = Object.entries(versions).filter(([version]) => version !== own);
  const left = unjudged.map(
    (one) =>
      html`<li><strong>${counted(one.n, 'decision')}</strong>: ${one.detail} !${one.workloads.length === 0 ? nothing : html`<span class="quiet break">Such as ${one.workloads.slice(0, 5).join(', ')}.</span>`}</li>`,
  );
  const others = foreign.map(
    ([version, n]) =>
      html`<li><strong>${counted(n, 'decision')}</strong> of version ${version}, whose checks may have found other things.</li>`,
  );
  const cut =
    readFrom === null
      ? []
      : [html`<li>Only decisions from !${time(readFrom)} on were read: there are too many before.</li>`];
  const lines = [...cut, ...left, ...others];
  const plain = html`<p class="quiet">${countOf(read)} decisions were read, ${countOf(judged)} of them judged anew. ${countOf(notRecorded.plain)} of ${countOf(notRecorded.reviews)} reviews were let through without a finding and not recorded.</p>`;
  if (lines.length === 0) return html`<section class="box"><h2>What the answer covers</h2>!${plain}</section>`;
  return html`<div class="note care"><h2>What the answer cannot tell</h2><ul>!${lines}</ul>!${plain}</div>`;
}
