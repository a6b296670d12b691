import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { bodyOf } from '../../src/journal/store/body.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { describeAgreement } from '../harness/journal-agreement.ts';
import { describeStoring } from '../harness/journal-behaviour.ts';
import { storeFixture } from '../harness/journal-fixture.ts';
import { lines, noon, record } from '../harness/journal-lines.ts';
import { describeUpkeep } from '../harness/journal-upkeep-behaviour.ts';
import { temporaryFolder } from '../harness/processes.ts';

const folder = await temporaryFolder('pratique-journal-');
afterAll(() => folder.remove());

let places = 0;

const fixture = storeFixture('SQLite', async () => {
  const place = join(folder.path, String(places++));
  return { open: (options) => openSqliteStore(place, options) };
});

describeStoring(fixture);
describeUpkeep(fixture);
describeAgreement(fixture, 20);

test('SQLite: nothing of an erased body is left in the files, however long it was', async () => {
  const place = join(folder.path, String(places++));
  const store = await openSqliteStore(place, { clock: () => noon });
  // Groups of a directory: longer than a page, so that they lie on pages of their own.
  const groups = Array.from({ length: 32 }, () => randomBytes(128).toString('hex'));
  const own = Array.from({ length: 50 }, (_, index) => record(index + 1, { user: { name: 'jane', groups } }));
  await store.insert(lines(...own));
  const ends = own.map((one) => Buffer.from(bodyOf(one)).subarray(-64));
  const left = async () => {
    const files = await Promise.all(['journal.db', 'journal.db-wal'].map((file) => readFile(join(place, file))));
    return ends.filter((end) => files.some((file) => file.includes(end))).length;
  };
  expect(await left()).toBe(50);
  expect(await store.erase('jane')).toBe(50);
  expect(await left()).toBe(0);
  await store.close();
});

test('SQLite: an erasure says so when somebody who reads keeps what was erased in the log', async () => {
  const place = join(folder.path, String(places++));
  const store = await openSqliteStore(place, { clock: () => noon });
  await store.insert(lines(record(1)));
  const reader = new DatabaseSync(join(place, 'journal.db'), { readOnly: true });
  reader.exec('BEGIN; SELECT count(*) FROM records');
  await expect(store.erase('jane')).rejects.toMatchObject({ problem: 'in-use' });
  reader.close();
  expect(await store.erase('jane')).toBe(0);
  await store.close();
});
