import { type Expression, type SqlBool, sql } from 'kysely';
import type { DecisionRecord } from '../../record/record.ts';
import { recordOf } from '../store/body.ts';
import { findingOutcome } from '../store/rollups.ts';
import { type RecordExpressions, records } from './filter.ts';
import type { DecisionRow, Journal } from './questions.ts';

/** A record with its number in the store. */
export interface Stored {
  readonly id: number;
  readonly ts: number;
  readonly record: DecisionRecord;
}

/** Makes a condition on `records as r`. */
export type Where = (e: RecordExpressions) => Expression<SqlBool>;

/**
 * Reads whole records: those of a condition, in an order, some of them.
 *
 * They are chosen without their bodies, so that a database which has to sort them sorts little.
 */
export async function storedRecords(
  db: Journal,
  where: Where,
  order: 'asc' | 'desc',
  limit: number,
): Promise<readonly Stored[]> {
  return await withBodies(db, await chosenRecords(db, where, order, limit));
}

/** Where a record is found. */
type Place = Pick<Stored, 'id' | 'ts'>;

async function chosenRecords(
  db: Journal,
  where: Where,
  order: 'asc' | 'desc',
  limit: number,
): Promise<readonly Place[]> {
  return await records(db)
    .select(['r.id', 'r.ts'])
    .where(where)
    .orderBy('r.ts', order)
    .orderBy('r.id', order)
    .limit(limit)
    .execute();
}

async function withBodies(db: Journal, chosen: readonly Place[]): Promise<readonly Stored[]> {
  const [first, last] = [chosen[0], chosen.at(-1)];
  if (first === undefined || last === undefined) return [];
  const ids = chosen.map(({ id }) => id);
  const rows = await records(db)
    .select(['r.id', 'r.body'])
    .where('r.id', 'in', ids)
    .where('r.ts', '>=', Math.min(first.ts, last.ts))
    .where('r.ts', '<=', Math.max(first.ts, last.ts))
    .execute();
  const bodies = new Map(rows.map(({ id, body }) => [id, body]));
  // Retention may have taken one in between.
  return chosen.flatMap(({ id, ts }) => {
    const body = bodies.get(id);
    return body === undefined ? [] : [{ id, ts, record: recordOf(body) }];
  });
}

/**
 * Reads records of several conditions that exclude each other, as those of one: an index gives each in order, while all
 * together would have to be sorted. Only those are read whole that are left of all.
 */
export async function mergedRecords(
  db: Journal,
  wheres: readonly Where[],
  order: 'asc' | 'desc',
  limit: number,
): Promise<readonly Stored[]> {
  const found = await Promise.all(wheres.map((where) => chosenRecords(db, where, order, limit)));
  const sign = order === 'asc' ? 1 : -1;
  const chosen = found
    .flat()
    .sort((a, b) => sign * (a.ts - b.ts || a.id - b.id))
    .slice(0, limit);
  return await withBodies(db, chosen);
}

/** A record as lists show it. */
export function decisionRow({ id, ts, record }: Stored): DecisionRow {
  const checks = new Map<string, DecisionRow['checks'][number]>();
  for (const judgement of record.judgements) {
    const outcome = findingOutcome(judgement);
    checks.set(`${judgement.check}\n${outcome}`, { check: judgement.check, outcome });
  }
  return {
    id,
    ts,
    instance: record.instance,
    seq: record.seq,
    webhook: record.webhook,
    operation: record.operation,
    dryRun: record.dryRun === true,
    resource: record.resource,
    namespace: record.namespace,
    name: record.name ?? record.generateName,
    owner: record.owner === null ? null : `${record.owner.kind}/${record.owner.name}`,
    user: record.user?.name ?? null,
    decision: record.decision,
    profile: record.profile,
    mode: record.mode,
    exemption: record.exemption,
    configHash: record.configHash,
    durationMs: record.durationMs,
    checks: [...checks.values()],
    images: record.images,
  };
}

/** The owner, else `resource/name`: as `workloadColumn` has it. */
export function workloadOf(record: DecisionRecord): string | null {
  if (record.owner !== null) return `${record.owner.kind}/${record.owner.name}`;
  const name = record.name ?? record.generateName;
  return record.resource === null || name === null ? null : `${record.resource}/${name}`;
}

/** Orders by time, then by the number in the store. */
export function beyond(side: '<' | '>', ts: number, id: number): Expression<SqlBool> {
  return sql<SqlBool>`(r.ts, r.id) ${sql.raw(side)} (${ts}, ${id})`;
}
