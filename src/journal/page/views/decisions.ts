import { checks } from '../../../checks/registry.ts';
import { decisions, webhookPaths } from '../../lines.ts';
import type { ParameterName } from '../../queries/catalogue.ts';
import { cursorOf, number } from '../../queries/parameters.ts';
import type { SearchResult } from '../../queries/questions.ts';
import { searchDecisions } from '../../queries/search.ts';
import type { Answer, Question } from '../answer.ts';
import { checkboxes, type FormState, givenValue, problemsNote, selectField, textField, timeFields } from '../form.ts';
import { counted } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { filterNames, readFilter, readParams, readTime, timeNames } from '../reading.ts';
import { href, type Params, withParams } from '../urls.ts';
import { decisionWords } from '../words.ts';
import { decisionTable } from './decision-list.ts';
import { exportLinks } from './export-links.ts';
import { leadOf, rangeLinks } from './time-choice.ts';

const path = '/decisions';
/** Rows of a page, and the most that somebody may ask for. */
const rowsOfPage = 50;
const mostRows = 500;

interface Field {
  readonly name: ParameterName;
  readonly words: string;
  readonly hint: string;
}

const oftenUsed: readonly Field[] = [
  { name: 'namespace', words: 'Namespace', hint: 'ci or team-*' },
  { name: 'check', words: 'Check', hint: 'privileged' },
  { name: 'user', words: 'User', hint: 'alice or *:jenkins' },
];

const seldomUsed: readonly Field[] = [
  { name: 'owner', words: 'Owner', hint: 'Job/build-7' },
  { name: 'name', words: 'Name contains', hint: 'runner' },
  { name: 'image', words: 'Image', hint: 'docker:* or *dind*' },
  { name: 'exemption', words: 'Exemption', hint: 'node-agents' },
  { name: 'config', words: 'Configuration', hint: '3fa1b2c4d5e6' },
  { name: 'instance', words: 'Replica', hint: 'pratique-6d5f9c7b8-x2k7p-3fa1' },
];

/** Decisions by whatever they are searched by, newest first. */
export async function decisionsView({ db, params, now, storedName }: Question): Promise<Answer> {
  const reading = readParams(params, [...timeNames, ...filterNames, 'cursor', 'limit']);
  const time = readTime(reading, now, '7d');
  const filter = readFilter(reading, storedName);
  const limit = reading.attempt((parameters) => number(parameters, 'limit', rowsOfPage, mostRows), rowsOfPage);
  const cursor = reading.attempt(cursorOf, undefined);
  const { given, problems } = reading;
  const kept = { ...given, cursor: undefined };
  const sheet = { title: 'Decisions', lead: leadOf(time), aside: rangeLinks(path, time, kept), within: path } as const;
  const form = filterForm(reading);
  if (problems.length > 0) return { status: 400, sheet: { ...sheet, body: html`!${problemsNote(reading)}!${form}` } };
  const question = { ...time, filter, limit, ...(cursor === undefined ? {} : { cursor }) };
  const found = await searchDecisions(db, question);
  const body = html`!${form}<section class="box" aria-label="Decisions found">!${list(found, kept, cursor !== undefined)}</section>`;
  return { status: 200, sheet: { ...sheet, body }, api: href('/api/v1/decisions', given) };
}

function list({ rows, next, previous }: SearchResult, params: Params, isLater: boolean): Html {
  if (rows.length === 0) return noneFound(params, isLater);
  const part = next === undefined && previous === undefined ? '' : ' on this page';
  return html`<header><h2>${counted(rows.length, 'decision')}${part}</h2>!${exportLinks('decisions', params)}</header>
!${decisionTable(rows, 'Decisions, newest first')}
!${pager({ next, previous }, params)}`;
}

function pager({ next, previous }: Pick<SearchResult, 'next' | 'previous'>, params: Params): Html {
  if (next === undefined && previous === undefined) return nothing;
  const link = (cursor: string | undefined, words: string, rel: string) =>
    cursor === undefined
      ? html`<span class="quiet">${words}</span>`
      : html`<a class="button plain" rel="${rel}" href="${withParams(path, params, { cursor })}">${words}</a>`;
  return html`<nav class="pager" aria-label="Pages">!${link(previous, '← Newer', 'prev')}!${link(next, 'Older →', 'next')}</nav>`;
}

function noneFound(params: Params, isLater: boolean): Html {
  const start = isLater ? html` <a href="${href(path, params)}">start from the newest</a>,` : nothing;
  return html`<h2>No decision fits</h2><p class="quiet">Take a filter away, look further back,!${start} or <a href="${path}">begin anew</a>. Plain allows are only counted unless the configuration says <code>journal: { allows: all }</code>.</p>`;
}

function filterForm(form: FormState): Html {
  const hidden = ['webhook', 'since', 'from', 'to', ...seldomUsed.map(({ name }) => name)];
  const used = hidden.filter((name) => givenValue(form, name) !== '' && givenValue(form, name) !== '7d');
  const options = decisions.map((value) => ({
    value,
    words: decisionWords[value].name,
    hint: decisionWords[value].meaning,
  }));
  const isOpen = used.length > 0 || form.problems.length > 0;
  const webhooks = webhookPaths.map((value) => ({ value, words: `/${value}` }));
  return html`<form class="box" method="get" action="${path}" role="search" aria-label="Filter decisions">
<div class="filters">!${checkboxes(form, { name: 'decision', words: 'Decision', options })}!${oftenUsed.map((one) => filterField(form, one))}</div>
<details class="more"!${isOpen ? html` open` : nothing}><summary>More filters!${used.length === 0 ? nothing : html` <span class="chosen">(${used.length} used)</span>`}</summary>
<div class="filters">!${seldomUsed.map((one) => filterField(form, one))}!${selectField(form, { name: 'webhook', words: 'Asked of', any: 'Any', options: webhooks })}!${timeFields(form, '7d')}</div></details>
<div class="actions"><button type="submit">Show decisions</button><a href="${path}">Clear all</a><span class="quiet">A <code>*</code> stands for any text.</span></div>
</form>`;
}

function filterField(form: FormState, field: Field): Html {
  return textField(form, field.name === 'check' ? { ...field, options: checks.map(({ id }) => id) } : field);
}
