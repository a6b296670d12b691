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

/** Reads whole records: those of a condition on `records as r`, in an order, some of them. */
export async function storedRecords(
  db: Journal,
  where: (e: RecordExpressions) => Expression<SqlBool>,
  order: 'asc' | 'desc',
  limit: number,
): Promise<readonly Stored[]> {
  const rows = await records(db)
    .select(['r.id', 'r.ts', 'r.body'])
    .where(where)
    .orderBy('r.ts', order)
    .orderBy('r.id', order)
    .limit(limit)
    .execute();
  return rows.map(({ id, ts, body }) => ({ id: Number(id), ts: Number(ts), record: recordOf(body) }));
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
