import { once } from 'node:events';
import { get } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildPageApp } from '../../src/journal/page/app.ts';
import { journalSender } from '../../src/journal/ship/sender.ts';
import type { JournalTables } from '../../src/journal/store/schema.ts';
import { readingDialect } from '../../src/journal/store/sqlite/dialect.ts';
import { record } from '../harness/journal-lines.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { type JournalFiles, journalFiles, memoryStore, startJournal, token } from './journal-harness.ts';

let folder: TemporaryFolder;
let files: JournalFiles;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await temporaryFolder('pratique-journal-');
  files = await journalFiles(folder.path);
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await folder.remove();
});

test('an address that the journal does not have is refused before a body is read: nobody has said who asks', async () => {
  const journal = await startJournal(files);
  undo.push(journal.close);
  const headers = { 'content-type': 'application/x-ndjson', 'content-length': 1_000_000 };
  const asking = request(`${journal.url}/v1/other`, { method: 'POST', headers, rejectUnauthorized: false });
  asking.on('error', () => {});
  asking.write('{"v":1}\n');
  const [response] = await once(asking, 'response', { signal: AbortSignal.timeout(5_000) });
  expect(response.statusCode).toBe(404);
  asking.destroy();
});

test('a batch whose sender has gone away counts as in flight until the store has it', async () => {
  const store = memoryStore();
  const stored = Promise.withResolvers<void>();
  const insert = store.insert.bind(store);
  let calls = 0;
  store.insert = async (lines) => {
    calls++;
    await stored.promise;
    return await insert(lines);
  };
  const journal = await startJournal(files, { inflightLimit: 1 }, store);
  undo.push(journal.close);
  const post = () => {
    const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
    const asking = request(`${journal.url}/v1/records`, {
      method: 'POST',
      headers,
      rejectUnauthorized: false,
      agent: false,
    });
    asking.on('error', () => {});
    asking.end(`${JSON.stringify(record(1))}\n`);
    return asking;
  };
  const first = post();
  await waitFor('the insertion', () => calls === 1);
  first.destroy();
  // Time for the server to see it.
  await delay(300);
  const [second] = await once(post(), 'response', { signal: AbortSignal.timeout(5_000) });
  expect(second.statusCode).toBe(503);
  stored.resolve();
  await waitFor('room again', async () => {
    const [third] = await once(post(), 'response');
    return third.statusCode === 200;
  });
  expect(store.records()).toHaveLength(1);
});

test('a question whose visitor has gone away counts until the store has answered it', async () => {
  const answers: (() => void)[] = [];
  const ask = () => new Promise<readonly unknown[]>((resolve) => answers.push(() => resolve([])));
  const closed: string[] = [];
  const app = buildPageApp({
    db: new Kysely<JournalTables>({ dialect: readingDialect(ask) }),
    ...{ signIn: {}, hosts: [], version: '0.1.0', storedName: (user) => user, inflightLimit: 1 },
    observer: { viewed: () => {}, refused: () => {}, failed: () => {} },
  });
  undo.push(() => app.close());
  app.addHook('onRequest', async ({ raw }) => void raw.socket.once('close', () => closed.push(raw.url ?? '')));
  const address = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/decisions`;
  const visit = () => get(address, { agent: false }).on('error', () => {});
  const first = visit();
  await waitFor('the question', () => answers.length === 1);
  first.destroy();
  await waitFor('the end of the connection', () => closed.length === 1, { timeoutMs: 5_000 });
  const [second] = await once(visit(), 'response', { signal: AbortSignal.timeout(5_000) });
  expect(second.statusCode).toBe(503);
  for (const answer of answers) answer();
  const third = visit();
  await waitFor('room again', () => answers.length === 2);
  answers[1]?.();
  const [response] = await once(third, 'response');
  expect(response.statusCode).toBe(200);
});

test('an answer of a journal that does not end is not kept in the memory of a webhook', async () => {
  let sent = 0;
  const server = createServer(files.pair, (asked, response) => {
    asked.resume();
    const more = () => {
      while (!response.destroyed && sent < 512 * 1024 * 1024) {
        sent += 64 * 1024;
        if (!response.write(Buffer.alloc(64 * 1024, ' '))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  undo.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = journalSender({ url, serverName: undefined, ...files });
  undo.push(sender.close);
  const came = await sender.send(Buffer.from('{}\n'), new AbortController().signal);
  expect(came).toEqual({
    kind: 'failed',
    problem: `${url} cannot be reached: the answer is longer than 1048576 bytes`,
  });
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});
