import type { FastifyInstance } from 'fastify';
import type { JournalLine } from '../../src/journal/lines.ts';
import { buildPageApp, type JournalPageOptions, type Viewed } from '../../src/journal/page/app.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import type { JournalStore } from '../../src/journal/store/store.ts';
import { temporaryFolder } from './processes.ts';

/** A page on the loopback address, with what it told its observer. */
export interface TestPage {
  readonly app: FastifyInstance;
  readonly store: JournalStore;
  /** `http://127.0.0.1:port`, or https with `tls`. */
  readonly url: string;
  readonly port: number;
  readonly viewed: Viewed[];
  readonly refused: { readonly reason: string; readonly path: string; readonly status: number }[];
  readonly failed: unknown[];
  close(): Promise<void>;
}

type Options = Parameters<typeof buildPageApp>[0];

/** Starts the page on a new store with these lines in it. `now` is in milliseconds since the epoch. */
export async function startPage(
  lines: readonly JournalLine[],
  now: number,
  options: Partial<Pick<Options, 'signIn' | 'hosts' | 'tls' | 'storedName' | 'inflightLimit'>> & {
    readonly address?: string;
  } = {},
): Promise<TestPage> {
  const { address = '127.0.0.1', ...others } = options;
  const folder = await temporaryFolder('pratique-page-');
  const store = await openSqliteStore(folder.path, { clock: () => now });
  await store.insert(lines);
  const told = { viewed: [] as Viewed[], refused: [] as TestPage['refused'], failed: [] as unknown[] };
  const observer: JournalPageOptions['observer'] = {
    viewed: (view) => void told.viewed.push(view),
    refused: (refusal) => void told.refused.push(refusal),
    failed: (error) => void told.failed.push(error),
  };
  const usual = { signIn: {}, hosts: [], version: '0.1.0', storedName: (user: string) => user };
  const app = buildPageApp({ db: store.db, clock: () => now, observer, ...usual, ...others });
  const url = await app.listen({ host: address, port: 0 });
  const port = Number(new URL(url).port);
  const close = async () => {
    await app.close();
    await store.close();
    await folder.remove();
  };
  return {
    app,
    store,
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    ...told,
    close,
  };
}
