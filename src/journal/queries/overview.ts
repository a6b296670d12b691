import { type Kysely, sql } from 'kysely';
import type { Decision } from '../../admission/outcome.ts';
import { type FindingOutcome, hourMs, type JournalTables, type RollupDimension } from '../store/schema.ts';

/** From, and until before, in milliseconds since the epoch. What is counted per hour takes each hour that the range touches whole. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** How many records came to which decision in a stretch of time. */
export interface Bucket {
  /** The start of the hour or the day (UTC), in milliseconds since the epoch. */
  readonly at: number;
  readonly decision: Decision;
  readonly n: number;
}

/** How many records came to which outcome, for a namespace or a check. */
export interface Counted<O extends string> {
  /** Empty for records without a namespace. */
  readonly name: string;
  readonly total: number;
  readonly outcomes: { readonly [K in O]?: number };
}

/** Counts decisions per hour or per day; a stretch without a record has no entry. */
export async function decisionsOverTime(
  db: Kysely<JournalTables>,
  range: TimeRange,
  bucket: 'hour' | 'day',
): Promise<readonly Bucket[]> {
  const hours = bucket === 'hour' ? 1 : 24;
  const at = sql<number>`(hour / ${sql.lit(hours)})`;
  const rows = await inRange(db, 'webhook', range)
    .select((e) => [at.as('bucket'), 'outcome', e.fn.sum<number>('n').as('n')])
    .groupBy([at, 'outcome'])
    .orderBy(at)
    .orderBy('outcome')
    .execute();
  return rows.map(({ bucket: start, outcome, n }) => ({
    at: start * hours * hourMs,
    decision: outcome as Decision,
    n: Number(n),
  }));
}

/** Counts decisions. */
export async function decisionCounts(
  db: Kysely<JournalTables>,
  range: TimeRange,
): Promise<{ readonly [D in Decision]?: number }> {
  const rows = await inRange(db, 'webhook', range)
    .select((e) => ['outcome', e.fn.sum<number>('n').as('n')])
    .groupBy('outcome')
    .orderBy('outcome')
    .execute();
  return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, Number(n)]));
}

/** Counts decisions by namespace, those with the most records first. */
export function byNamespace(db: Kysely<JournalTables>, range: TimeRange): Promise<readonly Counted<Decision>[]> {
  return counted<Decision>(db, 'namespace', range);
}

/** Counts by check what became of records with a finding of it, those with the most first. */
export function byCheck(db: Kysely<JournalTables>, range: TimeRange): Promise<readonly Counted<FindingOutcome>[]> {
  return counted<FindingOutcome>(db, 'check', range);
}

async function counted<O extends string>(
  db: Kysely<JournalTables>,
  dimension: RollupDimension,
  range: TimeRange,
): Promise<readonly Counted<O>[]> {
  const rows = await inRange(db, dimension, range)
    .select((e) => ['name', 'outcome', e.fn.sum<number>('n').as('n')])
    .groupBy(['name', 'outcome'])
    .orderBy('name')
    .orderBy('outcome')
    .execute();
  const names = Map.groupBy(rows, ({ name }) => name);
  const all = [...names].map(([name, own]) => ({
    name,
    total: own.reduce((sum, { n }) => sum + Number(n), 0),
    outcomes: Object.fromEntries(own.map(({ outcome, n }) => [outcome, Number(n)])) as Counted<O>['outcomes'],
  }));
  return all.sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

function inRange(db: Kysely<JournalTables>, dimension: RollupDimension, { from, to }: TimeRange) {
  return db
    .selectFrom('rollups')
    .where('dimension', '=', dimension)
    .where('hour', '>=', Math.floor(from / hourMs))
    .where('hour', '<', Math.ceil(to / hourMs));
}
