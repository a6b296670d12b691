import { Kysely } from 'kysely';
import { defaultMaxAge } from '../batch.ts';
import { storedNames } from '../erasure.ts';
import { dayMs, hourMs, type JournalTables } from '../schema.ts';
import { type JournalStore, type Retained, type RetentionLimits, StoreError, type StoreOptions } from '../store.ts';
import { readingDialect } from './dialect.ts';
import type { EraseStep } from './erase.ts';
import type { ReaderOperations, WriterOperations } from './operations.ts';
import { startThread, type Thread } from './thread.ts';

type Writer = Thread<WriterOperations>;
type Reader = Thread<ReaderOperations>;

/** Two, so that a question that takes seconds does not hold the quick ones up. */
const readers = 2;

/**
 * Opens the journal in a folder, which is made when it is not there, unless it must exist.
 *
 * One process writes, others may open the folder with `readOnly`.
 */
export async function openSqliteStore(folder: string, options: StoreOptions = {}): Promise<JournalStore> {
  const { readOnly = false, mustExist = false } = options;
  const writer = readOnly ? undefined : await startThread<WriterOperations>({ folder, role: 'writer', mustExist });
  const reading: Reader[] = [];
  try {
    const isNew = (await writer?.ask('isNew')) ?? false;
    for (let count = 0; count < readers; count++) {
      reading.push(await startThread<ReaderOperations>({ folder, role: 'reader' }));
    }
    return storeOf({ folder, writer, reading, isNew }, options);
  } catch (error) {
    await Promise.all([writer, ...reading].map((thread) => thread?.close()));
    throw error;
  }
}

interface Opened {
  readonly folder: string;
  readonly writer: Writer | undefined;
  readonly reading: readonly Reader[];
  readonly isNew: boolean;
}

function storeOf({ folder, writer, reading, isNew }: Opened, options: StoreOptions): JournalStore {
  const { clock = Date.now, maxAge = defaultMaxAge, pseudonymKey } = options;
  const writing = () => {
    if (writer !== undefined) return writer;
    throw new StoreError('read-only', 'the journal was opened for reading only');
  };
  const ask = (sql: string, parameters: readonly unknown[]) =>
    leastBusy(reading).ask('query', sql, parameters as Parameters<ReaderOperations['query']>[1]);
  return {
    dialect: 'sqlite',
    isNew,
    db: new Kysely<JournalTables>({ dialect: readingDialect(ask) }),
    insert: async (lines) => await writing().ask('insert', lines, { now: clock(), maxAge, pseudonymKey }),
    joinAudits: async (events) => await writing().ask('joinAudits', events, pseudonymKey),
    enforceRetention: async (limits) => await retain(writing(), limits, clock()),
    erase: async (user) => await erase(writing(), storedNames(user, pseudonymKey)),
    size: async () => await leastBusy(reading).ask('size'),
    backup: async (target) => await backup(folder, target),
    close: async () => {
      await Promise.all(reading.map((thread) => thread.close()));
      // The last to close moves the log into the database, which a reader cannot.
      await writer?.close();
    },
  };
}

function leastBusy(reading: readonly Reader[]): Reader {
  const [reader] = reading.toSorted((a, b) => a.waiting() - b.waiting());
  if (reader === undefined) throw new StoreError('failed', 'the journal has no reader');
  return reader;
}

/** In many small steps, between which the thread takes what else is asked of it. */
async function retain(writer: Writer, limits: RetentionLimits, now: number): Promise<Retained> {
  let removed = 0;
  const removeBefore = async (horizon: number) => {
    await writer.ask('setHorizon', horizon);
    for (let some = await writer.ask('trim'); some > 0; some = await writer.ask('trim')) removed += some;
  };
  const { maxAge, maxBytes } = limits;
  const horizon = await writer.ask('horizon');
  const byAge = maxAge === undefined ? 0 : Math.floor((now - maxAge) / dayMs) * dayMs;
  await removeBefore(Math.max(horizon, byAge));
  const lastHour = Math.floor(now / hourMs) * hourMs;
  while (maxBytes !== undefined && (await writer.ask('size')) > maxBytes) {
    const oldest = await writer.ask('oldest');
    const next = oldest === null ? lastHour + hourMs : (Math.floor(oldest / hourMs) + 1) * hourMs;
    if (next > lastHour) break;
    await removeBefore(next);
  }
  while (await writer.ask('vacuum'));
  await writer.ask('refreshStatistics');
  return { removed, horizon: await writer.ask('horizon') };
}

async function erase(writer: Writer, names: readonly string[]): Promise<number> {
  let erased = 0;
  for (const name of names) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const step: EraseStep = await writer.ask('eraseSome', name, after);
      erased += step.erased;
      after = step.after;
    }
    await writer.ask('eraseImpersonator', name);
  }
  await writer.ask('forget');
  return erased;
}

/** In a thread of its own: it takes as long as the disk needs. */
async function backup(folder: string, target: string): Promise<void> {
  const thread = await startThread<ReaderOperations>({ folder, role: 'reader' });
  try {
    await thread.ask('backup', target);
  } finally {
    await thread.close();
  }
}
