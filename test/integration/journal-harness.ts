import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JournalLine } from '../../src/journal/lines.ts';
import { buildJournalApp, type JournalAppOptions, type JournalObserver } from '../../src/journal/server/app.ts';
import { listedTokens } from '../../src/journal/server/authenticate.ts';
import type { Inserted } from '../../src/journal/store/store.ts';
import { localPair } from './server-harness.ts';

/** A token that is long enough. */
export const token = 'integration-test-token-0123456789abcdef';

/** What a journal of the tests keeps. */
export interface MemoryStore {
  readonly lines: JournalLine[];
  /** Thrown by each insertion while it is there. */
  failure: Error | undefined;
  insert(lines: readonly JournalLine[]): Promise<Inserted>;
  /** `instance seq` of each record, sorted. */
  records(): readonly string[];
}

/** Keeps lines in memory, records once. */
export function memoryStore(): MemoryStore {
  const lines: JournalLine[] = [];
  const keys = new Set<string>();
  return {
    lines,
    failure: undefined,
    async insert(batch) {
      if (this.failure !== undefined) throw this.failure;
      const records = batch.filter((one) => one.kind === 'record');
      const fresh = records.filter(({ line }) => !keys.has(keyOf(line)));
      for (const { line } of fresh) keys.add(keyOf(line));
      lines.push(...fresh, ...batch.filter(({ kind }) => kind !== 'record'));
      return { stored: fresh.length, duplicates: records.length - fresh.length, expired: 0, ahead: 0 };
    },
    records: () => [...keys].sort(),
  };
}

function keyOf({ instance, seq }: { readonly instance: string; readonly seq: number }): string {
  return `${instance} ${String(seq).padStart(9, '0')}`;
}

/** A journal's server on 127.0.0.1. */
export interface TestJournal {
  readonly port: number;
  readonly url: string;
  readonly store: MemoryStore;
  readonly statuses: number[];
  close(): Promise<void>;
}

/** The files with which the journal of the tests is reached. */
export interface JournalFiles {
  readonly caFile: string;
  readonly tokenFile: string;
  readonly pair: { readonly cert: string; readonly key: string };
}

/** Writes the CA and the token into a folder. */
export async function journalFiles(folder: string): Promise<JournalFiles> {
  const pair = await localPair();
  const [caFile, tokenFile] = [join(folder, 'journal-ca.crt'), join(folder, 'journal-token')];
  await writeFile(caFile, pair.cert);
  await writeFile(tokenFile, `${token}\n`);
  return { caFile, tokenFile, pair };
}

const silent: JournalObserver = { answered() {}, authenticated() {}, stored() {}, storeFailed() {} };

/** Starts a journal's server over a store in memory. */
export async function startJournal(
  { pair }: JournalFiles,
  { port = 0, ...overrides }: Partial<JournalAppOptions> & { readonly port?: number } = {},
  store: MemoryStore = memoryStore(),
): Promise<TestJournal> {
  const statuses: number[] = [];
  const app = buildJournalApp({
    tls: pair,
    store,
    authenticate: listedTokens(() => [token]),
    observer: { ...silent, answered: (status) => void statuses.push(status) },
    draining: () => false,
    ...overrides,
  });
  await app.listen({ port, host: '127.0.0.1' });
  const bound = (app.server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `https://127.0.0.1:${bound}`,
    store,
    statuses,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
