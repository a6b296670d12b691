import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { decisionCounts } from '../../src/journal/queries/overview.ts';
import { migrate, migrations } from '../../src/journal/store/postgres/migrations.ts';
import { openPostgresStore } from '../../src/journal/store/postgres/store.ts';
import { dayMs, schemaVersion } from '../../src/journal/store/schema.ts';
import type { JournalStore } from '../../src/journal/store/store.ts';
import { lines, noon, record } from '../harness/journal-lines.ts';
import { weekOfRecords } from '../harness/journal-week.ts';
import { startPostgres } from '../harness/postgres.ts';
import { runProcess, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const server = await startPostgres();
const folder = await temporaryFolder('pratique-journal-dump-');
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

const all = { from: noon - 8 * dayMs, to: noon + dayMs };
let databases = 0;

const database = () => server.createDatabase(`several_${databases++}`);
const open = (url: string) => openPostgresStore(url, { clock: () => noon });

async function closing(stores: readonly JournalStore[], act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('several servers may start, store the same records and remove old ones at the same time', async () => {
  const url = await database();
  const stores = await Promise.all([open(url), open(url), open(url)]);
  await closing(stores, async () => {
    const week = [...weekOfRecords({ count: 1_200, end: noon })];
    const inserts = stores.flatMap((store, index) =>
      Array.from({ length: 12 }, (_, step) => {
        const start = ((step + index * 4) % 12) * 100;
        return store.insert(lines(...week.slice(start, start + 130)));
      }),
    );
    const retention = stores.map((store) => store.enforceRetention({ maxAge: 30 * dayMs }));
    const answers = await Promise.all(inserts);
    await Promise.all(retention);
    expect(answers.reduce((sum, { stored }) => sum + stored, 0)).toBe(1_200);
    const [first, second] = stores;
    const counts = await decisionCounts((first as JournalStore).db, all);
    expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(1_200);
    const removed = await Promise.all(stores.map((store) => store.enforceRetention({ maxAge: 3 * dayMs })));
    const gone = removed.reduce((sum, one) => sum + one.removed, 0);
    const left = Object.values(await decisionCounts((second as JournalStore).db, all)).reduce((sum, n) => sum + n, 0);
    expect(gone + left).toBe(1_200);
    expect(gone).toBeGreaterThan(300);
  });
});

test('each day has its partitions, and those before the horizon go', async () => {
  const url = await database();
  const store = await open(url);
  await closing([store], async () => {
    const days = [0, 1, 5].map((day) => record(day + 1, { ts: new Date(noon - day * dayMs).toISOString() }));
    await store.insert(lines(...days));
    const partitions = () =>
      query(url, "SELECT tablename AS name FROM pg_tables WHERE tablename ~ '^records_[0-9]+$' ORDER BY 1");
    const names = ['records_20261117', 'records_20261121', 'records_20261122'];
    expect((await partitions()).map(({ name }) => name)).toEqual(names);
    await store.enforceRetention({ maxAge: 2 * dayMs });
    expect((await partitions()).map(({ name }) => name)).toEqual(names.slice(1));
  });
});

test('what an interrupted retention left is removed by the next', async () => {
  const url = await database();
  const store = await open(url);
  await closing([store], async () => {
    await store.insert(lines(record(1, { ts: new Date(noon - 5 * dayMs).toISOString() }), record(2)));
    await query(url, 'ALTER TABLE findings DETACH PARTITION findings_20261117');
    await store.enforceRetention({ maxAge: 2 * dayMs });
    expect(await query(url, "SELECT tablename FROM pg_tables WHERE tablename ~ '20261117$'")).toEqual([]);
  });
});

test('a schema of a newer version is refused in words, for writing and for reading', async () => {
  const url = await database();
  await (await open(url)).close();
  await query(url, `UPDATE pratique_schema SET version = ${schemaVersion + 1}`);
  for (const readOnly of [false, true]) {
    await expect(openPostgresStore(url, { readOnly })).rejects.toMatchObject({
      problem: 'newer',
      message: expect.stringContaining(
        `schema is version ${schemaVersion + 1}, and this one knows up to ${schemaVersion}`,
      ),
    });
  }
});

test('erase says that a database has no journal, and makes none; ingest says that it made one', async () => {
  const url = await database();
  const file = join(folder.path, 'url');
  await writeFile(file, url);
  const journal = (args: readonly string[], input = '') =>
    runProcess(process.execPath, [main, 'journal', ...args, '--postgres-url-file', file], { input });
  expect(await journal(['erase', '--user', 'jane'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'there is no journal in this database\n',
  });
  expect(await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
  const line = JSON.stringify(record(1, { ts: new Date().toISOString() }));
  const told = `a new journal was made in the database of ${file}\n`;
  expect(await journal(['ingest', '-'], line)).toMatchObject({ code: 0, stderr: told });
  expect(await journal(['ingest', '-'], line)).toMatchObject({ code: 0, stderr: '' });
  expect(await journal(['erase', '--user', 'jane'])).toMatchObject({ code: 0, stdout: 'erased from 1 record\n' });
});

test('migrations run in place and once; one that fails changes nothing', async () => {
  const url = await database();
  const store = await open(url);
  await store.insert(lines(record(1)));
  await store.close();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  const added = 'ALTER TABLE records ADD COLUMN extra text';
  await expect(migrate(client, [...migrations, `${added}; SELECT nonsense`])).rejects.toThrow('nonsense');
  await expect(client.query('SELECT extra FROM records')).rejects.toThrow('extra');
  await migrate(client, [...migrations, added]);
  await migrate(client, [...migrations, added]);
  expect((await client.query('SELECT seq, extra FROM records')).rows).toEqual([{ seq: '1', extra: null }]);
  client.release();
  await pool.end();
});

test('a server that is away, a wrong password and a database that is not there are told apart, without the password', async () => {
  const url = await database();
  const wrong = url.replace(server.password, 'guessed-password');
  const away = url.replace(`:${server.port}/`, ':9/');
  for (const [broken, message] of [
    [wrong, /refused the connection .*password authentication failed/],
    [`${url}_nowhere`, /refused the connection .*does not exist/],
    [away, /cannot be reached .*ECONNREFUSED/],
  ] as const) {
    const error = await open(broken).catch((reason: Error) => reason);
    expect(error).toMatchObject({ problem: 'unreachable', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/not-a-secret|guessed-password/);
  }
});

test('connections that the server ends are replaced, and errors of reading are told as those of the store', async () => {
  const url = await database();
  const store = await open(url);
  await closing([store], async () => {
    await store.insert(lines(record(1)));
    await query(
      url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await waitFor('a new connection', async () => (await store.insert(lines(record(2)))).duplicates === 1);
    expect(await decisionCounts(store.db, all)).toEqual({ deny: 2 });
    await query(url, 'DROP TABLE rollups');
    await expect(decisionCounts(store.db, all)).rejects.toMatchObject({ problem: 'failed', code: 'ERR_JOURNAL_STORE' });
  });
});

test('what pg_dump writes is a backup, and pg_restore makes a journal of it', async () => {
  const url = await database();
  const name = new URL(url).pathname.slice(1);
  const store = await open(url);
  await store.insert(lines(...weekOfRecords({ count: 500, end: noon })));
  const counts = await decisionCounts(store.db, all);
  await store.close();
  const file = join(folder.path, 'journal.dump');
  await server.run('pg_dump', ['--format=custom', `--file=${file}`, name]);
  expect((await readFile(file)).length).toBeGreaterThan(10_000);
  const restored = await database();
  await server.run('pg_restore', [`--dbname=${new URL(restored).pathname.slice(1)}`, file]);
  const again = await open(restored);
  await closing([again], async () => {
    expect(await decisionCounts(again.db, all)).toEqual(counts);
    const known = [...weekOfRecords({ count: 500, end: noon })];
    expect(await again.insert(lines(...known, record(1)))).toMatchObject({ stored: 1, duplicates: 500 });
  });
});
