import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../../config/problem.ts';
import { schemaVersion } from '../schema.ts';
import { StoreError } from '../store.ts';
import { isBusy, isUnopenable } from './errors.ts';
import { migrations } from './migrations.ts';

/** The database of a folder. */
export function databaseFile(folder: string): string {
  return join(folder, 'journal.db');
}

/** Marks the file as a journal: `PRAGMA application_id`. */
const applicationId = 0x50524a4c;

/** A database that one process writes to. */
export interface WritableDatabase {
  readonly db: DatabaseSync;
  /** Whether it was made just now. */
  readonly isNew: boolean;
  /** Lets another process write. */
  readonly unlock: () => void;
}

/** Opens the folder's database for writing, and migrates it, or makes it unless it must exist. Throws when it may not. */
export function openForWriting(folder: string, mustExist: boolean): WritableDatabase {
  // Before anything is written: a folder that is named by mistake stays as it is.
  if (mustExist) openForReading(folder).close();
  makeFolder(folder);
  const unlock = lockFolder(folder);
  let db: DatabaseSync | undefined;
  try {
    const file = databaseFile(folder);
    const isEmpty = isEmptyFile(file);
    db = new DatabaseSync(file);
    if (!isEmpty) requireKnown(db, file);
    const isNew = pragma(db, 'user_version') === 0;
    if (isEmpty) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072; PRAGMA temp_store = MEMORY;' +
        'PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 134217728; PRAGMA busy_timeout = 5000; PRAGMA secure_delete = FAST',
    );
    migrate(db, migrations);
    // SQLite opens for reading what it may not write, and says so when it is to write.
    db.exec('UPDATE meta SET value = value');
    return { db, isNew, unlock };
  } catch (error) {
    db?.close();
    unlock();
    throw error;
  }
}

/** Opens the folder's database for reading, beside whoever writes to it. Throws when there is none. */
export function openForReading(folder: string): DatabaseSync {
  const file = databaseFile(folder);
  if (isEmptyFile(file)) throw absent(folder);
  try {
    return readable(new DatabaseSync(file, { readOnly: true }), folder);
  } catch (error) {
    // Readers share a file with the writer, beside the database. Where it cannot be made, nobody can write either.
    if (!isUnopenable(error)) throw error;
    const url = pathToFileURL(file);
    url.searchParams.set('immutable', '1');
    return readable(new DatabaseSync(url, { readOnly: true }), folder);
  }
}

function readable(db: DatabaseSync, folder: string): DatabaseSync {
  try {
    requireKnown(db, databaseFile(folder));
    // A server that was killed while it made the tables leaves none.
    if (pragma(db, 'user_version') === 0) throw absent(folder);
    db.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function absent(folder: string): StoreError {
  return new StoreError('absent', `there is no journal in ${folder}`);
}

function isEmptyFile(file: string): boolean {
  return !existsSync(file) || statSync(file).size === 0;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = messageOf(error);
    throw new StoreError('read-only', `the journal's folder ${folder} cannot be made: ${reason}`);
  }
}

/**
 * Holds the folder for this process: a lock of the operating system's, which goes when the process does, however it ends.
 *
 * It is the lock of a database of its own, since the journal's own may be held for a moment only.
 */
function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'journal.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      'in-use',
      `another process writes to the journal in ${folder}: SQLite allows one. Stop it first, or use PostgreSQL`,
    );
  }
}

function requireKnown(db: DatabaseSync, file: string): void {
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  if (application !== applicationId && (application !== 0 || version !== 0 || hasTables(db))) {
    throw new StoreError('corrupt', `${file} is a database of another program, no journal`);
  }
  if (version > schemaVersion) {
    throw new StoreError(
      'newer',
      `the journal ${file} was made by a newer pratique: its schema is version ${version}, and this one knows up to ` +
        `${schemaVersion}. Use that version again, or restore a backup from before it`,
    );
  }
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
}

/** Runs the migrations that a database lacks, each in a transaction. */
export function migrate(db: DatabaseSync, steps: readonly string[]): void {
  for (const [version, step] of steps.entries()) {
    if (version < pragma(db, 'user_version')) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(step);
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** A number that the database tells of itself. */
export function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
