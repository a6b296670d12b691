import { sql } from 'kysely';
import { findingOutcome } from '../store/rollups.ts';
import { recordConditions, records, workloadColumn } from './filter.ts';
import type { Journal, RecordFilter } from './questions.ts';
import { type Stored, workloadOf } from './rows.ts';
import { visitRecords } from './stream.ts';
import type { FuseQuestion, FuseResult, MutatedRow, RefusedRow } from './usage.ts';

/** The checks that tell of pods which ask for the fuse device, and do not get it or not so. */
const contractChecks = ['fuse-contract', 'fuse-label', 'gated-device-claim'] as const;

/** So many records of each check are read at most. */
const mostRead = 100_000;

/** Lists workloads whose pods were mutated, and those whose pods asked for the fuse device and were refused or warned. */
export async function fusePods(db: Journal, question: FuseQuestion): Promise<FuseResult> {
  const { limit } = question;
  const mutated = await mutatedRows(db, question);
  const refused = await refusedRows(db, question);
  return {
    mutated: mutated.slice(0, limit),
    refused: refused.slice(0, limit),
    more: mutated.length > limit || refused.length > limit,
  };
}

function filterOf({ namespace }: FuseQuestion): RecordFilter {
  return namespace === undefined ? {} : { namespace };
}

async function mutatedRows(db: Journal, question: FuseQuestion): Promise<readonly MutatedRow[]> {
  const filter: RecordFilter = { ...filterOf(question), webhook: 'mutate', decisions: ['patch', 'would-patch'] };
  const rows = await records(db)
    .select(['r.namespace', workloadColumn.as('workload'), 'r.decision', sql<number>`count(*)`.as('n')])
    .select((e) => [e.fn.min('r.ts').as('first'), e.fn.max('r.ts').as('last')])
    .where((e) => recordConditions(e, filter, question))
    .groupBy(['r.namespace', sql.raw('2'), 'r.decision'])
    .orderBy('n', 'desc')
    .orderBy('last', 'desc')
    .limit(question.limit + 1)
    .execute();
  return rows.map(({ namespace, workload, decision, n, first, last }) => ({
    namespace,
    workload,
    decision: decision === 'patch' ? 'patch' : 'would-patch',
    n: Number(n),
    first: Number(first),
    last: Number(last),
  }));
}

async function refusedRows(db: Journal, question: FuseQuestion): Promise<readonly RefusedRow[]> {
  const all = new Map<string, { -readonly [K in keyof RefusedRow]: RefusedRow[K] }>();
  for (const check of contractChecks) {
    const filter: RecordFilter = { ...filterOf(question), check };
    await visitRecords(db, [(e) => recordConditions(e, filter, question)], mostRead, (stored) => {
      for (const row of refusalsOf(stored, check)) {
        const key = JSON.stringify([row.namespace, row.workload, row.check, row.value, row.outcome]);
        const known = all.get(key);
        if (known === undefined) all.set(key, row);
        else {
          known.n++;
          known.first = Math.min(known.first, row.first);
        }
      }
    });
  }
  return [...all.values()].sort((a, b) => b.n - a.n || b.last - a.last);
}

/** What one record tells, each kind of refusal once; records come newest first. */
function refusalsOf({ id, ts, record }: Stored, check: string): readonly RefusedRow[] {
  const rows = new Map<string, RefusedRow>();
  for (const judgement of record.judgements) {
    const outcome = findingOutcome(judgement);
    if (judgement.check !== check || outcome === 'inherited') continue;
    const { namespace } = record;
    const { value } = judgement;
    const row = {
      namespace,
      workload: workloadOf(record),
      check,
      value,
      outcome,
      n: 1,
      first: ts,
      last: ts,
      lastId: id,
    };
    rows.set(`${value}\n${outcome}`, row);
  }
  return [...rows.values()];
}
