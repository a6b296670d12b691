import { Kysely, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { defaultMaxAge } from '../batch.ts';
import { storedNames } from '../erasure.ts';
import type { JournalTables } from '../schema.ts';
import { type JournalStore, StoreError, type StoreOptions } from '../store.ts';
import { openPool, readingPool, storeError, told, withClient } from './connection.ts';
import { insertLines } from './insert.ts';
import { migrate, requireJournal, requireSchema } from './migrations.ts';
import type { KnownDays } from './partitions.ts';
import { eraseName, forget, joinEvents, retain, usedBytes } from './upkeep.ts';

/**
 * Opens the journal in a PostgreSQL database (14 or newer), and makes its tables when they are not there, unless they
 * must be.
 *
 * `url` is `postgres://user:password@host:port/database`. Several processes may write.
 */
export async function openPostgresStore(url: string, options: StoreOptions = {}): Promise<JournalStore> {
  const pool = openPool(url);
  try {
    const isNew = await withClient(pool, (client) => prepare(client, options));
    return storeOf(pool, isNew, options);
  } catch (error) {
    await pool.end();
    throw storeError(error);
  }
}

/** Sees to the tables, and resolves to whether they were made. */
async function prepare(client: PoolClient, { readOnly, mustExist }: StoreOptions): Promise<boolean> {
  if (readOnly === true) {
    await requireSchema(client);
    return false;
  }
  if (mustExist === true) await requireJournal(client);
  return await migrate(client);
}

function storeOf(pool: Pool, isNew: boolean, options: StoreOptions): JournalStore {
  const { clock = Date.now, maxAge = defaultMaxAge, pseudonymKey, readOnly = false } = options;
  const known: KnownDays = new Set();
  const writing = async <T>(act: () => Promise<T>): Promise<T> => {
    if (readOnly) throw new StoreError('read-only', 'the journal was opened for reading only');
    return await told(act());
  };
  const db = new Kysely<JournalTables>({ dialect: new PostgresDialect({ pool: readingPool(pool) }) });
  return {
    dialect: 'postgres',
    isNew,
    db,
    insert: (lines) => writing(() => insertLines(pool, known, lines, { now: clock(), maxAge, pseudonymKey })),
    joinAudits: (events) => writing(() => joinEvents(pool, events, pseudonymKey)),
    enforceRetention: (limits) =>
      writing(async () => {
        const retained = await retain(pool, limits, clock());
        known.clear();
        return retained;
      }),
    erase: (user) =>
      writing(async () => {
        let erased = 0;
        for (const name of storedNames(user, pseudonymKey)) erased += await eraseName(pool, name);
        await forget(pool);
        return erased;
      }),
    size: () => told(withClient(pool, usedBytes)),
    backup: async () => {
      throw new StoreError('failed', 'a journal in PostgreSQL is backed up with pg_dump');
    },
    close: async () => {
      if (!pool.ended) await pool.end();
    },
  };
}
