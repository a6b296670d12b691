import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { JournalLine } from '../../lines.ts';
import type { BatchOptions } from '../batch.ts';
import { type AuditEvent, StoreError } from '../store.ts';
import { joinEvents } from './audits.ts';
import { eraseImpersonator, eraseSome } from './erase.ts';
import { databaseFile, openForReading, openForWriting } from './files.ts';
import { insertLines, insertStatements } from './insert.ts';
import { forget, oldestRecord, refreshStatistics, setHorizon, trim, usedBytes, vacuumSome } from './upkeep.ts';

/** What the thread that writes is asked for. */
export type WriterOperations = ReturnType<typeof writerOperations>;

/** What a thread that reads is asked for. */
export type ReaderOperations = ReturnType<typeof readerOperations>;

/** Statements that a reader keeps prepared. */
const keptStatements = 200;
/** The longest of them, in characters: one with a place for each of 10,000 ids takes 1.5 MB, and each number of ids is another. */
const longestKept = 8_192;

/** Opens a folder's database and returns what is done to it; each operation is one transaction. */
export function writerOperations(folder: string, mustExist: boolean) {
  const { db, isNew, unlock } = openForWriting(folder, mustExist);
  const statements = insertStatements(db);
  return {
    isNew: () => isNew,
    insert: (lines: readonly JournalLine[], options: BatchOptions) =>
      inTransaction(db, () => insertLines(statements, lines, options)),
    joinAudits: (events: readonly AuditEvent[], key: string | undefined) =>
      inTransaction(db, () => joinEvents(db, events, key)),
    horizon: () => Number(statements.horizon.get()?.['value']),
    setHorizon: (horizon: number) => inTransaction(db, () => setHorizon(db, horizon)),
    trim: () => inTransaction(db, () => trim(db)),
    oldest: () => oldestRecord(db),
    size: () => usedBytes(db),
    vacuum: () => vacuumSome(db),
    eraseSome: (name: string, after: number) => inTransaction(db, () => eraseSome(db, name, after)),
    eraseImpersonator: (name: string) => inTransaction(db, () => eraseImpersonator(db, name)),
    refreshStatistics: () => refreshStatistics(db),
    forget: () => forget(db),
    close: () => {
      db.close();
      unlock();
    },
  };
}

/** Opens a folder's database to read it. */
export function readerOperations(folder: string) {
  const db = openForReading(folder);
  const prepared = new Map<string, StatementSync>();
  return {
    query: (sql: string, parameters: readonly SQLInputValue[]) => preparedFor(db, prepared, sql).all(...parameters),
    size: () => usedBytes(db),
    backup: (target: string) => backup(db, target),
    close: () => db.close(),
  };
}

function preparedFor(db: DatabaseSync, prepared: Map<string, StatementSync>, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known !== undefined) return known;
  const statement = db.prepare(sql);
  if (sql.length > longestKept) return statement;
  if (prepared.size >= keptStatements) prepared.clear();
  prepared.set(sql, statement);
  return statement;
}

/** `VACUUM INTO` writes one consistent state without holding up whoever writes to the database meanwhile. */
function backup(db: DatabaseSync, target: string): void {
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new StoreError('failed', `${target} is not empty: a backup goes into an empty folder`);
  }
  mkdirSync(target, { recursive: true, mode: 0o700 });
  db.prepare('VACUUM INTO ?').run(databaseFile(target));
}

function inTransaction<T>(db: DatabaseSync, act: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors, such as a full disk.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
