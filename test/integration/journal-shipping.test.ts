import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Heartbeat } from '../../src/journal/lines.ts';
import { listedTokens } from '../../src/journal/server/authenticate.ts';
import { StoreError } from '../../src/journal/store/store.ts';
import { freePort } from '../harness/ports.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { podReview, postReview } from '../harness/review.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook, type WebhookProcess } from '../harness/webhook-process.ts';
import {
  type JournalFiles,
  journalFiles,
  memoryStore,
  startJournal,
  type TestJournal,
  token,
} from './journal-harness.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

let folder: TemporaryFolder;
let files: JournalFiles;
const open: { stop(): Promise<unknown> }[] = [];

beforeEach(async () => {
  folder = await temporaryFolder('pratique-journal-');
  files = await journalFiles(folder.path);
});
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
  await folder.remove();
});

test('each record reaches the journal, with the configuration before it and heartbeats around it', async () => {
  const journal = await journalOf();
  const webhook = await webhookFor(journal.url);
  await deny(webhook, 130);
  await waitFor('the records', () => journal.store.records().length === 130);
  expect(journal.store.records()).toEqual(written(webhook));
  expect(journal.store.lines[0]).toMatchObject({
    kind: 'configuration',
    line: { document: { kind: 'PratiqueConfiguration', exemptions: [] }, configHash: webhook.records()[0]?.configHash },
  });
  await webhook.stop();
  const [begin, end] = heartbeats(journal);
  expect(begin).toMatchObject({ seq: 0, received: 0, final: false, dropped: 0, queued: 0 });
  expect(end).toMatchObject({ seq: 130, received: 130, decisions: { deny: 130 }, final: true, dropped: 0 });
  const inLog = webhook.output().match(/^\{"v":1,"kind":"heartbeat".*$/gm) ?? [];
  expect(inLog.map((line) => JSON.parse(line))).toEqual(heartbeats(journal));
});

test('a webhook starts without its journal, is ready, and ships all when it comes; log and metrics tell', async () => {
  const port = await freePort();
  const webhook = await webhookFor(`https://127.0.0.1:${port}`);
  await deny(webhook, 70);
  await waitFor('the note', () => webhook.output().includes('records cannot be shipped to the journal'));
  expect(await metric(webhook, 'pratique_shipping_queue_lines')).toBe(71);
  const ready = await fetch(`${webhook.healthUrl}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([
    200,
    { details: { journal: expect.stringContaining('ECONNREFUSED') } },
  ]);
  const journal = await journalOf({ port });
  await waitFor('the records', () => journal.store.records().length === 70);
  expect(journal.store.records()).toEqual(written(webhook));
  const notes = await waitFor('the recovery', () => {
    const found = webhook.operationalLines().filter((line) => line.includes('shipped'));
    return found.length === 2 && found;
  });
  expect(notes.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', problem: expect.stringContaining('ECONNREFUSED') },
    { level: 'info', dropped: 0, seconds: expect.any(Number) },
  ]);
  await waitFor('the count', async () => (await metric(webhook, 'pratique_shipping_records_total')) === 70);
  expect(await metric(webhook, 'pratique_shipping_retries_total')).toBeGreaterThan(0);
});

test('a store that is full or a journal that loses an answer costs nothing but time: each record is stored once', async () => {
  const store = memoryStore();
  const insert = store.insert.bind(store);
  let calls = 0;
  store.insert = async (lines) => {
    calls++;
    if (calls === 2) throw new StoreError('failed', 'the disk does not answer');
    const inserted = await insert(lines);
    // Stored, and yet the client must not know.
    if (calls === 4) throw new StoreError('failed', 'the answer is lost');
    return inserted;
  };
  const journal = await journalOf({}, store);
  const webhook = await webhookFor(journal.url);
  await deny(webhook, 300);
  await webhook.stop();
  expect(store.records()).toEqual(written(webhook));
  expect(store.records().length).toBe(300);
  expect(journal.statuses.filter((status) => status === 503).length).toBe(2);
}, 60_000);

test('a journal that hangs neither delays an answer nor holds up the end by more than a few seconds', async () => {
  const hung = createServer((socket: Socket) => void socket.on('error', () => {}));
  await once(hung.listen(0, '127.0.0.1'), 'listening');
  const webhook = await webhookFor(`https://127.0.0.1:${(hung.address() as AddressInfo).port}`);
  await deny(webhook, 10);
  const started = performance.now();
  await webhook.stop();
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(webhook.output()).toContain('"records":10,"msg":"records were not shipped before the end');
  hung.close();
});

test('a token and a CA that are replaced are taken without a restart', async () => {
  let tokens = [token];
  const journal = await journalOf({ authenticate: listedTokens(() => tokens) });
  const webhook = await webhookFor(journal.url);
  await deny(webhook, 1);
  await waitFor('the first', () => journal.store.records().length === 1);
  tokens = ['another-token-0123456789abcdef-0123456789'];
  await deny(webhook, 1);
  await waitFor('a refusal', () => journal.statuses.includes(401));
  await replace(files.tokenFile, `${tokens[0]}\n`);
  await waitFor('the second', () => journal.store.records().length === 2);
  await journal.close();
  const renewed = await journalFiles(`${folder.path}`);
  const again = await startJournal(renewed, { port: journal.port, authenticate: listedTokens(() => [token]) });
  open.push({ stop: again.close });
  await deny(webhook, 1);
  await waitFor('the third', () => again.store.records().length === 1);
}, 90_000);

async function journalOf(...[overrides, store]: readonly [Parameters<typeof startJournal>[1]?, TestJournal['store']?]) {
  const journal = await startJournal(files, overrides, store);
  open.push({ stop: journal.close });
  return journal;
}

async function webhookFor(url: string): Promise<WebhookProcess> {
  const { caFile, tokenFile } = files;
  const args = ['--journal-url', url, '--journal-ca-file', caFile, '--journal-token-file', tokenFile];
  const webhook = await startWebhook({ program, drain: '100ms', args });
  open.push({ stop: () => webhook.stop() });
  return webhook;
}

async function deny({ port }: WebhookProcess, count: number): Promise<void> {
  const pod = { spec: { containers: [{ name: 'build', image: 'docker:dind' }] } };
  for (let done = 0; done < count; done++) {
    const { allowed } = await postReview({ port, agent }, '/validate', podReview({ object: pod, namespace: 'ci' }));
    expect(allowed).toBe(false);
  }
}

function written(webhook: WebhookProcess): readonly string[] {
  return webhook.records().map(({ instance, seq }) => `${instance} ${String(seq).padStart(9, '0')}`);
}

function heartbeats({ store }: TestJournal): readonly Heartbeat[] {
  return store.lines.flatMap((one) => (one.kind === 'heartbeat' ? [one.line] : []));
}

async function metric({ healthUrl }: WebhookProcess, name: string): Promise<number> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function replace(file: string, text: string): Promise<void> {
  const fresh = join(folder.path, 'fresh');
  await writeFile(fresh, text);
  await rename(fresh, file);
}
