import type { DecisionRecord, RecordedJudgement } from '../../../record/record.ts';
import { findDecision } from '../../queries/decision.ts';
import type { DecisionResult, Neighbours } from '../../queries/questions.ts';
import { type Answer, PageError, type Question } from '../answer.ts';
import { counted, longName, number, objectName, state, time } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';
import { readParams, requireNoProblems } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { becauseWords, decisionWords } from '../words.ts';
import { decisionState, decisionTable } from './decision-list.ts';
import { remedies } from './remedies.ts';

/** One decision: what was asked, what was found, why it was decided so, what to do instead, and what else happened. */
export async function decisionView({ db, params, path }: Question): Promise<Answer> {
  requireNoProblems(readParams(params, []));
  const found = /^\d{1,15}$/.test(path['id'] ?? '') ? await findDecision(db, { id: Number(path['id']) }) : undefined;
  if (found === undefined) {
    const message = 'There is no decision of this number; retention may have removed it.';
    throw new PageError({ status: 404, title: 'No such decision', message });
  }
  const { record } = found;
  return {
    status: 200,
    sheet: { title: titleOf(record), lead: leadOf(found), within: '/decisions', body: bodyOf(found) },
    api: href('/api/v1/decision', { id: path['id'] }),
  };
}

function titleOf(record: DecisionRecord): string {
  const name = record.name ?? record.generateName;
  const what = `${record.resource ?? 'object'}/${objectName(name ?? '?')}`;
  return record.namespace === null ? what : `${what} in ${record.namespace}`;
}

function leadOf({ row }: DecisionResult): Html {
  const words: { readonly meaning: string } | undefined = decisionWords[row.decision];
  return html`!${decisionState(row)}: ${words?.meaning ?? 'a decision of a newer version of Pratique'} · !${time(row.ts)}`;
}

function bodyOf(found: DecisionResult): Html {
  const { record } = found;
  return html`!${findingsBox(record)}!${remedies(record)}
<div class="grid">!${requestBox(record)}!${policyBox(record)}</div>
!${changesBox(record)}!${auditBox(found)}
!${neighboursBox('Of the same owner', found.neighbours.owner)}!${neighboursBox('Of the same user', found.neighbours.user)}
<section class="box" aria-labelledby="record"><header><h2 id="record">The record as it was sent</h2></header>
<details><summary>Show the JSON</summary><pre>${JSON.stringify(record, undefined, 2)}</pre></details></section>`;
}

function findingsBox({ judgements, cut }: DecisionRecord): Html {
  if (judgements.length === 0) {
    return html`<section class="box"><h2>Findings</h2><p class="quiet">None: no check found anything.</p></section>`;
  }
  const columns: readonly Column<RecordedJudgement>[] = [
    { title: 'Check', cell: ({ check }) => html`<a href="${href('/decisions', { check })}">${check}</a>` },
    { title: 'Severity', cell: ({ severity }) => state(severity) },
    { title: 'Found', kind: 'name', cell: placeOf },
    { title: 'What was done', cell: outcomeOf },
    { title: 'Because', cell: becauseOf },
  ];
  const more =
    cut?.judgements === undefined
      ? nothing
      : html`<p class="quiet">${number(cut.judgements)} more did not fit into the record.</p>`;
  return html`<section class="box" aria-labelledby="findings"><header><h2 id="findings">${counted(judgements.length, 'finding')}</h2></header>!${table({ caption: 'Findings', columns, rows: judgements })}!${more}</section>`;
}

function placeOf({ place, value, pointer }: RecordedJudgement): Html {
  const names = Object.entries(place).map(([kind, name]) => `${kind} ${name}`);
  const where = names.length === 0 ? nothing : html` <span class="quiet">in ${names.join(', ')}</span>`;
  return html`<code>!${longName(value)}</code>!${where}<br><code class="quiet">!${longName(pointer)}</code>`;
}

function outcomeOf({ outcome, action }: RecordedJudgement): Html {
  const words = { deny: 'denied', warn: 'warned', audit: 'recorded', ignore: 'let pass' }[outcome];
  const kinds = { deny: 'deny', warn: 'warn', audit: 'allow', ignore: 'quiet' };
  const would = action === outcome ? nothing : html`<br><span class="quiet">the profile says ${action}</span>`;
  return html`!${state(kinds[outcome], words)}!${would}`;
}

function becauseOf({ because, ref }: RecordedJudgement): Html {
  const words: string | undefined = becauseWords[because];
  if (ref === null) return html`${words ?? because}`;
  const name =
    because === 'exemption' ? html`<a href="${href('/decisions', { exemption: ref })}">${ref}</a>` : html`${ref}`;
  return html`${words ?? because}: <strong class="break">!${name}</strong>`;
}

function requestBox(record: DecisionRecord): Html {
  const { owner, user, namespace } = record;
  return facts('Who asked for what', [
    [
      'Operation',
      words(
        record.operation,
        record.subresource === null ? null : `of ${record.subresource}`,
        record.dryRun === true ? '(dry run)' : null,
      ),
    ],
    ['Namespace', namespace === null ? nothing : html`<a href="${href('/decisions', { namespace })}">${namespace}</a>`],
    [
      'Owner',
      owner === null
        ? nothing
        : html`<a href="${href('/decisions', { owner: `${owner.kind}/${owner.name}` })}">${owner.kind}/${owner.name}</a>`,
    ],
    [
      'User',
      user === null ? nothing : html`<a href="${href('/decisions', { user: user.name })}">!${longName(user.name)}</a>`,
    ],
    ['Groups', texts(user?.groups ?? [], record.cut?.groups)],
    ['Images', texts(record.images, record.cut?.images)],
    ['Service account', words(record.serviceAccount)],
    ['Runtime class', words(record.runtimeClassName)],
    ['User namespace', words(record.hostUsers === null ? null : record.hostUsers ? 'of the host' : 'its own')],
  ]);
}

function policyBox(record: DecisionRecord): Html {
  const { configHash, exemption, instance } = record;
  return facts('What decided', [
    ['Asked of', words(`/${record.webhook}`)],
    ['Profile', words(record.profile)],
    ['Mode', words(record.mode)],
    ['Exemption', exemption === null ? nothing : html`<a href="${href('/decisions', { exemption })}">${exemption}</a>`],
    ['Configuration', html`<a href="${href('/decisions', { config: configHash })}"><code>${configHash}</code></a>`],
    ['Replica', html`<a href="${href('/decisions', { instance })}">!${longName(instance)}</a>, number ${record.seq}`],
    ['Version', words(record.version)],
    ['Time taken', html`${number(record.durationMs * 1000)} µs for ${number(record.bytes)} bytes`],
    ['Caller proved by', words(record.authn === 'mtls' ? 'a client certificate' : 'nothing: the record may be forged')],
    ['Review', html`<code>${record.uid}</code>`],
    ['Trace', words(record.traceId)],
  ]);
}

function changesBox({ patch, warnings, cut }: DecisionRecord): Html {
  if (patch === null && warnings.length === 0) return nothing;
  const parts: readonly (readonly [string, Html])[] = [
    ['Patched', patch === null ? nothing : texts(patch.paths, cut?.paths)],
    ['Warnings', texts(warnings, cut?.warnings)],
  ];
  return facts('What was answered', parts);
}

function auditBox({ audit }: DecisionResult): Html {
  if (audit === null) return nothing;
  return facts('From the API server’s audit log', [
    ['Audit id', html`<code>${audit.auditId}</code>`],
    ['Addresses', words(audit.sourceIps)],
    ['User agent', words(audit.userAgent)],
    ['Impersonated by', words(audit.impersonator)],
  ]);
}

function neighboursBox(title: string, { after, before }: Neighbours): Html {
  const rows = [...after, ...before];
  if (rows.length === 0) return nothing;
  return html`<section class="box"><header><h2>${title}, shortly before and after</h2></header>!${decisionTable(rows, title)}</section>`;
}

/** A list of what is known, without what is not. */
function facts(title: string, parts: readonly (readonly [name: string, value: Html])[]): Html {
  const items = parts
    .filter(([, value]) => value !== nothing)
    .map(([name, value]) => html`<dt>${name}</dt><dd>!${value}</dd>`);
  return html`<section class="box"><header><h2>${title}</h2></header><dl class="facts">!${items}</dl></section>`;
}

function words(...parts: readonly (string | null)[]): Html {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? nothing : html`${known.join(' ')}`;
}

function texts(items: readonly string[], left: number | undefined): Html {
  if (items.length === 0) return nothing;
  const more = left === undefined ? [] : [html`<li class="quiet">and ${number(left)} more</li>`];
  return html`<ul class="plain-list">!${[...items.map((item) => html`<li>!${longName(item)}</li>`), ...more]}</ul>`;
}
