import { readFile } from 'node:fs/promises';
import type { JournalStore, StoreOptions } from '../journal/store/store.ts';

/** Flags that say where the journal is kept. */
export interface StoreFlags {
  readonly store?: string;
  readonly postgresUrlFile?: string;
  readonly pseudonymKeyFile?: string;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

/** Their parsers and help texts, for a journal that is there. */
export const storeFlags = {
  store: text('Folder of the journal (SQLite)', 'folder'),
  postgresUrlFile: text('File with the URL of a PostgreSQL database that holds the journal', 'file'),
  pseudonymKeyFile: text("Key with which users' names are stored as pseudonyms; as they are if absent", 'file'),
} as const;

/** The same for who makes a journal where there is none. */
export const newStoreFlags = {
  ...storeFlags,
  store: text('Folder of the journal (SQLite); made if it is not there', 'folder'),
} as const;

/** What is wrong with these flags together; undefined when nothing is. */
export function storeConflict({ store, postgresUrlFile }: StoreFlags): string | undefined {
  if (store !== undefined && postgresUrlFile !== undefined) {
    return '--store and --postgres-url-file exclude each other: the journal is in a folder, or in PostgreSQL';
  }
  if (store === undefined && postgresUrlFile === undefined) return 'give --store or --postgres-url-file';
  return undefined;
}

/** The shortest key that is taken, in bytes. */
const shortestKey = 16;

/** Opens the store that the flags name; rejects with what is wrong with it. */
export async function openStore(flags: StoreFlags, options: Omit<StoreOptions, 'pseudonymKey'>): Promise<JournalStore> {
  const pseudonymKey = await keyOf(flags.pseudonymKeyFile);
  const whole = { ...options, ...(pseudonymKey === undefined ? {} : { pseudonymKey }) };
  if (flags.store !== undefined) {
    const { openSqliteStore } = await import('../journal/store/sqlite/store.ts');
    return await openSqliteStore(flags.store, whole);
  }
  const { openPostgresStore } = await import('../journal/store/postgres/store.ts');
  return await openPostgresStore((await readFile(flags.postgresUrlFile ?? '', 'utf8')).trim(), whole);
}

/** Reads the key of pseudonyms, where there is one; rejects when it is too short. */
export async function keyOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const key = (await readFile(file, 'utf8')).trim();
  if (Buffer.byteLength(key) >= shortestKey) return key;
  throw new Error(`${file} holds fewer than ${shortestKey} bytes; try: openssl rand -hex 32`);
}
