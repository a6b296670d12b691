import { type RawBuilder, sql } from 'kysely';
import { dayMs, hourMs } from '../store/schema.ts';
import { knownChecks, outcomeColumn, recordConditions, records, workloadColumn } from './filter.ts';
import type { CountKey, CountRow, CountsQuestion, CountsResult, Journal } from './questions.ts';

const lengths = { hour: hourMs, day: dayMs } as const;

const columns: Readonly<Record<CountKey, RawBuilder<string | null>>> = {
  decision: sql<string>`r.decision`,
  webhook: sql<string>`r.webhook`,
  check: sql<string>`f.check_id`,
  namespace: sql<string | null>`r.namespace`,
  workload: workloadColumn,
  user: sql<string | null>`r.user_name`,
};

/** Counts records by what is asked for; a record with several findings of a check counts once for it. */
export async function countRecords(db: Journal, question: CountsQuestion): Promise<CountsResult> {
  const { by, bucket, filter, outcome, from, to, limit } = question;
  const isByFinding = by.includes('check') || outcome !== undefined;
  const selected = [...timeColumns(bucket), ...by.map((key, index) => columns[key].as(`key${index}`))];
  // Findings are in the order of their checks: each is looked up by its own.
  const checks = !isByFinding ? [] : filter.check === undefined ? await knownChecks(db) : [filter.check];
  if (isByFinding && checks.length === 0) return { by, rows: [], more: false };
  const base = records(db)
    .$if(isByFinding, (query) =>
      query
        .innerJoin('findings as f', (join) => join.onRef('f.ts', '=', 'r.ts').onRef('f.record', '=', 'r.id'))
        .where('f.check_id', 'in', checks)
        .where('f.ts', '>=', from)
        .where('f.ts', '<', to)
        .$if(outcome !== undefined, (some) => some.where(sql<boolean>`${outcomeColumn} = ${outcome}`)),
    )
    .where((e) => recordConditions(e, filter, question));
  const names = selected.map((_, index) => sql.raw(String(index + 1)));
  const n = isByFinding ? sql<number>`count(distinct r.id)` : sql<number>`count(*)`;
  const rows = await base
    .select([...selected, n.as('n')])
    .$if(names.length > 0, (query) => query.groupBy(names))
    .orderBy(sql.raw(bucket === 'none' ? 'n' : 'at'), bucket === 'none' ? 'desc' : 'asc')
    .orderBy(sql.raw('n'), 'desc')
    .orderBy(sql.raw(by.length === 0 ? 'n' : names.length === by.length ? '1' : '2'))
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit).map((row) => countRow(row, question));
  return { by, rows: shown.filter((row) => row.n > 0), more: rows.length > limit };
}

function timeColumns(bucket: CountsQuestion['bucket']) {
  if (bucket === 'none') return [];
  return [sql<number>`(r.ts / ${sql.lit(lengths[bucket])}) * ${sql.lit(lengths[bucket])}`.as('at')];
}

function countRow(row: Readonly<Record<string, unknown>>, { by, bucket }: CountsQuestion): CountRow {
  return {
    at: bucket === 'none' ? null : Number(row['at']),
    keys: by.map((_, index) => {
      const key = row[`key${index}`];
      return key === null || key === undefined ? null : String(key);
    }),
    n: Number(row['n']),
  };
}
