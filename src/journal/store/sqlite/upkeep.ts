import type { DatabaseSync } from 'node:sqlite';
import { recordOf } from '../body.ts';
import { findingRows, imageRows } from '../rows.ts';
import { hourMs } from '../schema.ts';
import { StoreError } from '../store.ts';
import { pragma } from './files.ts';

/** Records that one step removes: the thread is free for an insertion after each. */
const trimStep = 500;

/** Pages that one step gives back to the file system. */
const vacuumStep = 1_000;

/** Free pages that are not worth moving others for, as a part of all. */
const freeShare = 0.05;

/** Moves the horizon of retention, and removes what the horizon alone decides about. The caller keeps the transaction. */
export function setHorizon(db: DatabaseSync, horizon: number): void {
  db.prepare("UPDATE meta SET value = max(value, ?) WHERE key = 'horizon'").run(horizon);
  db.prepare("DELETE FROM rollups WHERE dimension IN ('webhook', 'namespace', 'check') AND hour < ?").run(
    Math.floor(horizon / hourMs),
  );
  db.prepare('DELETE FROM configurations WHERE last_seen < ?').run(horizon);
  db.prepare('DELETE FROM seq_ranges WHERE instance IN (SELECT id FROM instances WHERE last_seen < ?)').run(horizon);
  db.prepare('DELETE FROM instances WHERE last_seen < ?').run(horizon);
}

/** Removes some records from before the horizon; how many, 0 when there are none left. The caller keeps the transaction. */
export function trim(db: DatabaseSync): number {
  const old = db.prepare(
    "SELECT id, body FROM records WHERE ts < (SELECT value FROM meta WHERE key = 'horizon') ORDER BY ts LIMIT ?",
  );
  const finding = db.prepare('DELETE FROM findings WHERE check_id = ? AND ts = ? AND record = ? AND position = ?');
  const image = db.prepare('DELETE FROM record_images WHERE image = ? AND ts = ? AND record = ?');
  const audit = db.prepare('DELETE FROM audits WHERE record = ?');
  const remove = db.prepare('DELETE FROM records WHERE id = ?');
  const rows = old.all(trimStep);
  for (const row of rows) {
    const id = Number(row['id']);
    const record = recordOf(row['body'] as Uint8Array);
    for (const { check_id, ts, position } of findingRows(record, id)) finding.run(check_id, ts, id, position);
    for (const { image: name, ts } of imageRows(record, id)) image.run(name, ts, id);
    audit.run(id);
    remove.run(id);
  }
  return rows.length;
}

/** The time of the oldest record, or null. */
export function oldestRecord(db: DatabaseSync): number | null {
  const oldest = db.prepare('SELECT min(ts) AS ts FROM records').get()?.['ts'];
  return typeof oldest === 'number' ? oldest : null;
}

/** Bytes of the pages that hold something. */
export function usedBytes(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

/** Gives some free pages back; whether there are still more than are worth keeping. Not in a transaction. */
export function vacuumSome(db: DatabaseSync): boolean {
  const isWorth = () => pragma(db, 'freelist_count') > pragma(db, 'page_count') * freeShare;
  if (!isWorth()) return false;
  db.exec(`PRAGMA incremental_vacuum(${vacuumStep})`);
  return isWorth();
}

/** Has the planner look at a sample of the indexes whose tables have changed much. */
export function refreshStatistics(db: DatabaseSync): void {
  db.exec('PRAGMA analysis_limit = 1000; PRAGMA optimize');
}

/**
 * Makes what was overwritten unreadable. It is gone from the pages in use already; here go the free pages, which still
 * hold what they held, and the log. Not in a transaction. Throws a StoreError while somebody reads what the log holds.
 */
export function forget(db: DatabaseSync): void {
  db.exec('PRAGMA incremental_vacuum');
  const isBusy = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0;
  if (!isBusy) return;
  throw new StoreError(
    'in-use',
    'the user was erased from the journal, but its log still holds the name, since somebody else reads it: erase again later',
  );
}
