import { hash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { DecisionRecord } from '../../record/record.ts';
import { shortened } from '../../record/redact.ts';
import { bodyOf } from './body.ts';
import { type FindingsTable, longestKey, type RecordImagesTable, type RecordsTable } from './schema.ts';

/** A record's row before the store has given it an id. */
export type NewRecord = Omit<Selectable<RecordsTable>, 'id'>;

/** A text as the columns hold it that are searched by. */
export function searchKey(text: string): string {
  return shortened(text, longestKey);
}

/** A uid as the column `uid_key` holds it: 48 bits, so that another uid may have the same, and the body must decide. */
export function uidKey(uid: string): number {
  return Number.parseInt(hash('sha256', uid).slice(0, 12), 16);
}

/** The owner as the column holds it: `Job/build-7`. */
export function ownerKey(owner: DecisionRecord['owner']): string | null {
  return owner === null ? null : searchKey(`${owner.kind}/${owner.name}`);
}

/** The row of a record of an instance. */
export function recordRow(record: DecisionRecord, instance: number): NewRecord {
  return {
    ts: Date.parse(record.ts),
    instance,
    seq: record.seq,
    uid_key: uidKey(record.uid),
    webhook: record.webhook,
    operation: record.operation,
    dry_run: record.dryRun === true ? 1 : 0,
    resource: nullableKey(record.resource),
    namespace: nullableKey(record.namespace),
    name: nullableKey(record.name ?? record.generateName),
    owner: ownerKey(record.owner),
    user_name: nullableKey(record.user?.name ?? null),
    decision: record.decision,
    profile: nullableKey(record.profile),
    mode: record.mode,
    exemption: nullableKey(record.exemption),
    config_hash: record.configHash,
    duration_ms: record.durationMs,
    body: bodyOf(record),
  };
}

/** The rows of a record's judgements. */
export function findingRows(record: DecisionRecord, id: number): readonly Selectable<FindingsTable>[] {
  const ts = Date.parse(record.ts);
  return record.judgements.map((judgement, position) => ({
    check_id: judgement.check,
    ts,
    record: id,
    position,
    action: judgement.action,
    outcome: judgement.outcome,
    because: judgement.because,
    ref: nullableKey(judgement.ref),
  }));
}

/** The rows of a record's images: each once. */
export function imageRows(record: DecisionRecord, id: number): readonly Selectable<RecordImagesTable>[] {
  const ts = Date.parse(record.ts);
  return [...new Set(record.images.map(searchKey))].map((image) => ({ image, ts, record: id }));
}

function nullableKey(text: string | null): string | null {
  return text === null ? null : searchKey(text);
}
