import { chmodSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { decisionCounts } from '../../src/journal/queries/overview.ts';
import { dayMs, schemaVersion } from '../../src/journal/store/schema.ts';
import { migrate, pragma } from '../../src/journal/store/sqlite/files.ts';
import { migrations } from '../../src/journal/store/sqlite/migrations.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import type { JournalStore, StoreOptions } from '../../src/journal/store/store.ts';
import { lines, noon, record } from '../harness/journal-lines.ts';
import { weekOfRecords } from '../harness/journal-week.ts';
import { runProcess, startProcess, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';

const folder = await temporaryFolder('pratique-journal-faults-');
afterAll(() => folder.remove());

const writer = fileURLToPath(new URL('../harness/journal-writer.ts', import.meta.url));
const all = { from: noon - 8 * dayMs, to: noon + dayMs };
const opened: JournalStore[] = [];
let places = 0;

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function place(): string {
  return join(folder.path, String(places++));
}

async function open(at: string, options: StoreOptions = {}): Promise<JournalStore> {
  const store = await openSqliteStore(at, { clock: () => noon, ...options });
  opened.push(store);
  return store;
}

async function closed(at: string, records = lines(record(1), record(2))): Promise<void> {
  const store = await open(at);
  await store.insert(records);
  await store.close();
}

const databaseOf = (at: string) => join(at, 'journal.db');

function change(at: string, sql: string): void {
  const db = new DatabaseSync(databaseOf(at));
  db.exec(sql);
  db.close();
}

async function storedIn(at: string): Promise<number> {
  const store = await open(at, { readOnly: true });
  const counts = await decisionCounts(store.db, all);
  await store.close();
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

test('a database of a newer version is refused in words, for writing and for reading, and is left as it is', async () => {
  const at = place();
  await closed(at);
  change(at, `PRAGMA user_version = ${schemaVersion + 1}`);
  const message = `schema is version ${schemaVersion + 1}, and this one knows up to ${schemaVersion}`;
  for (const readOnly of [false, true]) {
    await expect(open(at, { readOnly })).rejects.toMatchObject({
      problem: 'newer',
      message: expect.stringContaining(message),
    });
  }
  change(at, `PRAGMA user_version = ${schemaVersion}`);
  expect(await storedIn(at)).toBe(2);
});

test('migrations run in place and once; one that fails changes nothing', async () => {
  const at = place();
  await closed(at);
  const db = new DatabaseSync(databaseOf(at));
  const added = 'ALTER TABLE records ADD COLUMN extra TEXT';
  expect(() => migrate(db, [...migrations, `${added}; SELECT nonsense`])).toThrow('nonsense');
  expect(pragma(db, 'user_version')).toBe(schemaVersion);
  expect(() => db.prepare('SELECT extra FROM records')).toThrow('extra');
  migrate(db, [...migrations, added]);
  migrate(db, [...migrations, added]);
  expect(pragma(db, 'user_version')).toBe(schemaVersion + 1);
  expect(db.prepare('SELECT seq, extra FROM records ORDER BY seq').all()).toEqual([
    { seq: 1, extra: null },
    { seq: 2, extra: null },
  ]);
  db.close();
});

test('a folder takes one writer, of this process or another, and any number of readers', async () => {
  const at = place();
  const store = await open(at);
  await store.insert(lines(record(1)));
  await expect(open(at)).rejects.toMatchObject({ problem: 'in-use' });
  const { stdout } = await runProcess(process.execPath, [writer, at, '1']);
  expect(stdout).toMatch(/^in-use: another process writes to the journal/);
  expect(await storedIn(at)).toBe(1);
  await store.close();
  expect((await runProcess(process.execPath, [writer, at, '1'])).stdout).toMatch(/^stored 10\ndone/);
});

test('what was acknowledged is there after SIGKILL, and the folder is free', async () => {
  const at = place();
  let stored = 0;
  const child = await startProcess(process.execPath, [writer, at, '100000'], {
    onLine: (line) => {
      stored = Math.max(stored, Number(/^stored (\d+)/.exec(line)?.[1] ?? 0));
    },
  });
  await waitFor('some records', () => stored >= 100);
  await child.stop('SIGKILL');
  const store = await open(at);
  const { deny = 0 } = await decisionCounts(store.db, all);
  expect(deny).toBeGreaterThanOrEqual(stored);
  const ranges = await store.db.selectFrom('seq_ranges').select(['first_seq', 'last_seq']).execute();
  expect(ranges).toEqual([{ first_seq: 1, last_seq: deny }]);
});

test('a disk without room is told of; what was acknowledged is there, and what was not is not', async () => {
  const at = place();
  const script = `trap '' XFSZ; ulimit -f 4096; exec '${process.execPath}' '${writer}' '${at}' 100000`;
  const { stdout } = await runProcess('bash', ['-c', script]);
  const told = stdout.trimEnd().split('\n');
  expect(told.at(-1)).toMatch(/^full: the journal .*journal\.db could not .* Nothing of the batch was stored/);
  const stored = Number(told.at(-2)?.split(' ')[1]);
  expect(stored).toBeGreaterThan(100);
  expect(await storedIn(at)).toBe(stored);
  const store = await open(at);
  expect(await store.insert(lines(record(stored + 1)))).toMatchObject({ stored: 1 });
});

test('a damaged file is told of, and what is whole can still be read', async () => {
  const at = place();
  await closed(at, lines(...weekOfRecords({ count: 2_000, end: noon })));
  const size = (await readFile(databaseOf(at))).length;
  const db = new DatabaseSync(databaseOf(at));
  const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'records'").get()?.['rootpage']);
  const pageSize = pragma(db, 'page_size');
  db.close();
  const file = openSync(databaseOf(at), 'r+');
  writeSync(file, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (page - 1) * pageSize);
  expect(size).toBeGreaterThan(page * pageSize);
  const store = await open(at);
  await expect(store.insert(lines(record(1)))).rejects.toMatchObject({
    problem: 'corrupt',
    message: expect.stringContaining('restore it from a backup'),
  });
  await expect(store.db.selectFrom('records').selectAll().execute()).rejects.toMatchObject({ problem: 'corrupt' });
  expect(Object.keys(await decisionCounts(store.db, all))).not.toEqual([]);
});

test('what is no journal is not written to', async () => {
  const at = place();
  await mkdir(at);
  writeFileSync(databaseOf(at), 'This is no database, and long enough not to look like an empty one.'.repeat(20));
  await expect(open(at)).rejects.toMatchObject({ problem: 'corrupt' });
  await rm(databaseOf(at));
  change(at, 'CREATE TABLE other (x)');
  await expect(open(at)).rejects.toMatchObject({
    problem: 'corrupt',
    message: expect.stringContaining('another program'),
  });
});

test('a folder that may not be written is told of, and can be read', async () => {
  const at = place();
  await closed(at);
  const isRoot = process.getuid?.() === 0;
  const nobody = 65_534;
  // Root may write anywhere; and so that another user reaches it, the way there has to be open.
  chmodSync(folder.path, 0o755);
  for (const name of readdirSync(at)) chmodSync(join(at, name), 0o444);
  chmodSync(at, 0o555);
  const script = fileURLToPath(new URL('../harness/journal-reader.ts', import.meta.url));
  const { stdout } = await runProcess(process.execPath, [script, at, ...(isRoot ? [String(nobody)] : [])]);
  chmodSync(at, 0o755);
  expect(stdout).toMatch(/^write: read-only: the journal .*\nread: 2 records\n$/);
});

test('a backup taken while others write is a journal, and can be put in place of the lost one', async () => {
  const at = place();
  const copy = place();
  const store = await open(at);
  await store.insert(lines(...weekOfRecords({ count: 3_000, end: noon })));
  const copying = store.backup(copy);
  for (let seq = 1; seq <= 20; seq++) await store.insert(lines(record(seq, { instance: 'late' })));
  await copying;
  await expect(store.backup(copy)).rejects.toMatchObject({ message: expect.stringContaining('not empty') });
  const kept = await storedIn(copy);
  expect(kept).toBeGreaterThanOrEqual(3_000);
  expect(kept).toBeLessThanOrEqual(3_020);
  await store.close();
  await rm(at, { recursive: true });
  await rename(copy, at);
  const restored = await open(at);
  const late = Array.from({ length: 20 }, (_, index) => record(index + 1, { instance: 'late' }));
  expect(await restored.insert(lines(...late))).toMatchObject({ stored: 3_020 - kept });
});

test('a copy of the files of a stopped journal is a backup too', async () => {
  const at = place();
  await closed(at);
  const copy = place();
  await cp(at, copy, { recursive: true });
  expect(await storedIn(copy)).toBe(2);
});

test('space that retention frees goes back to the file system', async () => {
  const at = place();
  const store = await open(at);
  await store.insert(lines(...weekOfRecords({ count: 6_000, end: noon })));
  await store.enforceRetention({ maxAge: dayMs });
  await store.close();
  expect(readdirSync(at)).toEqual(['journal.db', 'journal.lock']);
  const db = new DatabaseSync(databaseOf(at));
  expect(pragma(db, 'freelist_count')).toBeLessThanOrEqual(pragma(db, 'page_count') * 0.06);
  db.close();
});
