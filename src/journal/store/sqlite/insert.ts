import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DecisionRecord } from '../../../record/record.ts';
import type { Heartbeat, JournalLine } from '../../lines.ts';
import {
  type Batch,
  type BatchOptions,
  batchOf,
  freshOf,
  heartbeatValues,
  type Seen,
  type SeenConfiguration,
  seqSpan,
} from '../batch.ts';
import { rollupsOf } from '../rollups.ts';
import { findingRows, imageRows, recordRow } from '../rows.ts';
import type { RangeChange, SeqRange } from '../seq-ranges.ts';
import type { Inserted } from '../store.ts';

/** The statements of an insertion, prepared once. */
export interface InsertStatements {
  readonly horizon: StatementSync;
  readonly instance: StatementSync;
  readonly heartbeat: StatementSync;
  readonly heartbeatSeq: StatementSync;
  readonly configuration: StatementSync;
  readonly ranges: StatementSync;
  readonly removeRange: StatementSync;
  readonly addRange: StatementSync;
  readonly record: StatementSync;
  readonly finding: StatementSync;
  readonly image: StatementSync;
  readonly rollup: StatementSync;
}

/** Prepares the statements of an insertion. */
export function insertStatements(db: DatabaseSync): InsertStatements {
  return {
    horizon: db.prepare("SELECT value FROM meta WHERE key = 'horizon'"),
    instance: db.prepare(
      'INSERT INTO instances (name, first_seen, last_seen) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET ' +
        'first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen) RETURNING id',
    ),
    heartbeat: db.prepare(
      'UPDATE instances SET version = ?, config_hash = ?, started_at = ?, received = ?, dropped = ?, ' +
        'queued = ?, final = ?, certificate_expires = ?, last_heartbeat = ? ' +
        'WHERE name = ? AND (last_heartbeat IS NULL OR last_heartbeat <= ?)',
    ),
    heartbeatSeq: db.prepare('UPDATE instances SET seq = max(seq, ?) WHERE name = ?'),
    configuration: db.prepare(
      'INSERT INTO configurations (hash, first_seen, last_seen, document) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET ' +
        'first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen), ' +
        'document = coalesce(document, excluded.document)',
    ),
    ranges: db.prepare(
      'SELECT first_seq, last_seq, first_ts, last_ts FROM seq_ranges WHERE instance = ?1 AND first_seq <= ?3 AND first_seq >= ' +
        'coalesce((SELECT max(first_seq) FROM seq_ranges WHERE instance = ?1 AND first_seq <= ?2), 0) ORDER BY first_seq',
    ),
    removeRange: db.prepare('DELETE FROM seq_ranges WHERE instance = ? AND first_seq = ?'),
    addRange: db.prepare('INSERT INTO seq_ranges VALUES (?, ?, ?, ?, ?)'),
    record: db.prepare(`INSERT INTO records VALUES (NULL${', ?'.repeat(19)})`),
    finding: db.prepare('INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    image: db.prepare('INSERT INTO record_images VALUES (?, ?, ?)'),
    rollup: db.prepare(
      'INSERT INTO rollups VALUES (?, ?, ?, ?, ?) ON CONFLICT (dimension, hour, name, outcome) DO UPDATE SET n = n + excluded.n',
    ),
  };
}

/** Stores lines; the caller keeps the transaction. */
export function insertLines(
  statements: InsertStatements,
  lines: readonly JournalLine[],
  options: BatchOptions,
): Inserted {
  const horizon = Number(statements.horizon.get()?.['value']);
  const batch = batchOf(lines, horizon, options);
  const ids = insertInstances(statements, batch);
  for (const [hash, seen] of batch.configurations) insertConfiguration(statements, hash, seen);
  const stored: DecisionRecord[] = [];
  let duplicates = 0;
  for (const [name, records] of batch.records) {
    const id = ids.get(name) ?? 0;
    const fresh = freshOf(records, rangesNear(statements, id, records));
    duplicates += fresh.duplicates;
    changeRanges(statements, id, fresh.change);
    for (const record of fresh.records) insertRecord(statements, record, id);
    stored.push(...fresh.records);
  }
  for (const { dimension, hour, name, outcome, n } of rollupsOf(stored)) {
    statements.rollup.run(dimension, hour, name, outcome, n);
  }
  return { stored: stored.length, duplicates, expired: batch.expired, ahead: batch.ahead };
}

function insertInstances(statements: InsertStatements, batch: Batch): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const [name, seen] of batch.instances) ids.set(name, instanceId(statements, name, seen));
  for (const heartbeat of batch.heartbeats.values()) insertHeartbeat(statements, heartbeat);
  return ids;
}

function instanceId({ instance }: InsertStatements, name: string, { first, last }: Seen): number {
  return Number(instance.get(name, first, last)?.['id']);
}

function insertHeartbeat({ heartbeat, heartbeatSeq }: InsertStatements, line: Heartbeat): void {
  heartbeat.run(...heartbeatValues(line), Date.parse(line.ts));
  heartbeatSeq.run(line.seq, line.instance);
}

function insertConfiguration({ configuration }: InsertStatements, hash: string, seen: SeenConfiguration): void {
  configuration.run(hash, seen.first, seen.last, seen.document);
}

function rangesNear(
  { ranges }: InsertStatements,
  instance: number,
  records: readonly DecisionRecord[],
): readonly SeqRange[] {
  const { low, high } = seqSpan(records);
  return ranges.all(instance, low, high + 1) as unknown as readonly SeqRange[];
}

function changeRanges(statements: InsertStatements, instance: number, { removed, added }: RangeChange): void {
  for (const first of removed) statements.removeRange.run(instance, first);
  for (const range of added) {
    statements.addRange.run(instance, range.first_seq, range.last_seq, range.first_ts, range.last_ts);
  }
}

function insertRecord(statements: InsertStatements, record: DecisionRecord, instance: number): void {
  const row = recordRow(record, instance);
  const { lastInsertRowid } = statements.record.run(
    row.ts,
    row.instance,
    row.seq,
    row.uid_key,
    row.webhook,
    row.operation,
    row.dry_run,
    row.resource,
    row.namespace,
    row.name,
    row.owner,
    row.user_name,
    row.decision,
    row.profile,
    row.mode,
    row.exemption,
    row.config_hash,
    row.duration_ms,
    row.body,
  );
  const id = Number(lastInsertRowid);
  for (const { check_id, ts, position, action, outcome, because, ref } of findingRows(record, id)) {
    statements.finding.run(check_id, ts, id, position, action, outcome, because, ref);
  }
  for (const { image, ts } of imageRows(record, id)) statements.image.run(image, ts, id);
}
