import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { gapsIn } from '../../src/journal/queries/health.ts';
import { decisionCounts } from '../../src/journal/queries/overview.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import type { JournalStore } from '../../src/journal/store/store.ts';
import { configuration, heartbeat, record } from '../harness/journal-lines.ts';
import { runProcess, temporaryFolder } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const folder = await temporaryFolder('pratique-journal-command-');
afterAll(() => folder.remove());

/** Of this hour, since the program takes nothing that is dated ahead. */
const now = Date.now();
const all = { from: now - 86_400_000, to: now + 86_400_000 };
const ts = new Date(now).toISOString();
const made = (seq: number) => JSON.stringify(record(seq, { ts }));

let places = 0;
const place = () => join(folder.path, `store-${places++}`);

function run(args: readonly string[], input?: string) {
  return runProcess(process.execPath, [main, 'journal', ...args], input === undefined ? {} : { input });
}

async function file(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

/** A folder with a journal in one below it, as a volume is mounted. */
async function folderAbove(name: string): Promise<string> {
  const above = join(folder.path, name);
  await run(['ingest', '--store', join(above, 'journal'), '-'], made(1));
  return above;
}

/** A folder with a file that is no journal yet. */
async function folderWith(sql: string): Promise<string> {
  const at = place();
  await mkdir(at);
  const db = new DatabaseSync(join(at, 'journal.db'));
  db.exec(sql);
  db.close();
  return at;
}

async function contentOf(at: string): Promise<readonly string[] | undefined> {
  return existsSync(at) ? await readdir(at) : undefined;
}

async function reading<T>(at: string, ask: (store: JournalStore) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(at, { readOnly: true });
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

test('ingest reads what collectors made of a log, fills gaps, and tells of each line what became of it', async () => {
  const store = place();
  const stamp = '2026-11-22T12:00:00.123456789Z stdout F';
  const first = await file('first.log', [made(1), made(5), JSON.stringify(heartbeat({ ts, seq: 5 }).line)]);
  expect((await run(['ingest', '--store', store, first])).stdout).toMatch(
    /^3 lines read: 2 records stored, 0 known before\n/,
  );
  expect(await reading(store, (opened) => gapsIn(opened.db, all, now))).toMatchObject([{ firstSeq: 2, lastSeq: 4 }]);
  const collected = await file('collected.log', [
    made(1),
    `${stamp} ${made(2)}`,
    JSON.stringify({ log: `${made(3)}\n`, stream: 'stdout', time: ts }),
    JSON.stringify({ date: 1, log: `${stamp} ${made(4)}`, kubernetes: {} }),
    `${stamp} {"level":"info","ts":"x","instance":"a","msg":"ready"}`,
    JSON.stringify(configuration({ ts }).line),
    'panic: not ours',
    JSON.stringify({ ...record(9), seq: 'nine' }),
    JSON.stringify(record(8, { ts: new Date(now + 3 * 86_400_000).toISOString() })),
  ]);
  const { code, stdout, stderr } = await run(['ingest', '--store', store, collected]);
  expect(stdout).toBe(
    '9 lines read: 3 records stored, 1 known before\n' +
      '  1 dated more than a day ahead\n  1 of the operational log\n  1 with configurations\n  2 unreadable\n',
  );
  expect(stderr).toBe(
    `${collected}:7: is no JSON\n${collected}:8: seq: Invalid input: expected number, received string\n`,
  );
  expect(code).toBe(1);
  expect(await reading(store, (opened) => gapsIn(opened.db, all, now))).toEqual([]);
  expect(await reading(store, (opened) => decisionCounts(opened.db, all))).toEqual({ deny: 5 });
});

test('ingest reads standard input, many lines of it, and the audit log', async () => {
  const store = place();
  const many = Array.from({ length: 3_500 }, (_, index) => made(index + 1)).join('\n');
  expect((await run(['ingest', '--store', store, '-'], many)).stdout).toMatch(/^3500 lines read: 3500 records stored/);
  const event = (review: string) =>
    JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      auditID: `audit-${review}`,
      user: { username: 'admin' },
      impersonatedUser: { username: 'jane' },
      sourceIPs: ['10.0.0.7'],
      userAgent: 'kubectl',
      annotations: { 'p/review': review, 'p/decision': 'deny', 'p/config': 'x' },
    });
  const log = await file('audit.log', [
    event('uid-a-7'),
    event('uid-a-9000'),
    event('uid-a-7'),
    event('uid-a-8'),
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1"}',
  ]);
  const { code, stdout } = await run(['ingest', '--store', store, log]);
  expect(stdout).toBe(
    '5 lines read: 0 records stored, 0 known before\n' +
      '  2 of the audit log joined to their records\n  1 of the audit log that were joined before\n' +
      '  1 of the audit log whose record is not in the journal\n  1 of the audit log that Pratique took no part in\n',
  );
  expect(code).toBe(0);
  const audits = await reading(store, (opened) => opened.db.selectFrom('audits').select('impersonator').execute());
  expect(audits).toEqual([{ impersonator: 'admin' }, { impersonator: 'admin' }]);
});

test('backup copies a journal that is in use, and the copy is a journal', async () => {
  const at = place();
  const store = await openSqliteStore(at);
  await store.insert([{ kind: 'record', line: record(1, { ts }) }]);
  const target = join(folder.path, 'copy');
  expect(await run(['backup', '--store', at, target])).toMatchObject({
    code: 0,
    stdout: `${at} copied to ${target}\n`,
  });
  await store.close();
  expect(await reading(target, (opened) => decisionCounts(opened.db, all))).toEqual({ deny: 1 });
  expect(await run(['backup', '--store', at, target])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not empty'),
  });
});

test('erase takes a user out of the records, and says of how many', async () => {
  const at = place();
  await run(['ingest', '--store', at, '-'], [made(1), made(2)].join('\n'));
  expect(await run(['erase', '--store', at, '--user', 'jane'])).toMatchObject({
    code: 0,
    stdout: 'erased from 2 records\n',
  });
  expect(await run(['erase', '--store', at, '--user', 'jane'])).toMatchObject({
    code: 0,
    stdout: 'erased from 0 records\n',
  });
});

test.each([
  ['is not there', async () => place()],
  ['is the one above that of the journal', async () => await folderAbove('above')],
  ['has an empty file in place of the journal', async () => await folderWith('')],
  ['has a database without tables', async () => await folderWith('CREATE TABLE t (x); DROP TABLE t')],
])('erase and backup of a folder that %s say so, and leave it as it is', async (_, make) => {
  const at = await make();
  const before = await contentOf(at);
  for (const args of [
    ['erase', '--store', at, '--user', 'jane'],
    ['backup', '--store', at, join(folder.path, `none-${places++}`)],
  ]) {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout, stderr]).toEqual([2, '', `there is no journal in ${at}\n`]);
  }
  expect(await contentOf(at)).toEqual(before);
});

test('ingest says on stderr when it made a new journal, and where; also when it then fails', async () => {
  const at = place();
  const first = await run(['ingest', '--store', at, '-'], made(1));
  expect([first.code, first.stderr]).toEqual([0, `a new journal was made in ${at}\n`]);
  const second = await run(['ingest', '--store', at, '-'], made(2));
  expect([second.code, second.stderr]).toEqual([0, '']);
  const other = place();
  const failed = await run(['ingest', '--store', other, '/nowhere/file']);
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(new RegExp(`^a new journal was made in ${other}\\n.*ENOENT`));
});

test.each([
  [['ingest', '-'], /give --store or --postgres-url-file/],
  [['ingest', '--store', 'a', '--postgres-url-file', 'b', '-'], /exclude each other/],
  [['ingest', '--store', join(folder.path, 'x'), '/nowhere/file'], /ENOENT.*\/nowhere\/file/],
  [['ingest', '--postgres-url-file', '/nowhere/url', '-'], /ENOENT.*\/nowhere\/url/],
  [['backup', '--store', '/nowhere/journal', join(folder.path, 'y')], /there is no journal in \/nowhere\/journal/],
  [['erase', '--user', 'a'], /give --store/],
])('%j is refused with exit code 2', async (args, message) => {
  const { code, stderr } = await run(args, '');
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('a folder that another process writes to is refused in words', async () => {
  const at = place();
  const store = await openSqliteStore(at);
  const { code, stderr } = await run(['ingest', '--store', at, '-'], made(1));
  expect(stderr).toBe(
    `another process writes to the journal in ${at}: SQLite allows one. Stop it first, or use PostgreSQL\n`,
  );
  expect(code).toBe(2);
  await store.close();
});
