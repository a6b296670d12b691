import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JournalProcess, metricOf, startJournalProcess } from '../harness/journal-process.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { podReview, postReview } from '../harness/review.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook } from '../harness/webhook-process.ts';
import { type JournalFiles, journalFiles, token } from './journal-harness.ts';
import { send } from './server-harness.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

let folder: TemporaryFolder;
let files: JournalFiles;
let journal: JournalProcess | undefined;

beforeEach(async () => {
  folder = await temporaryFolder('pratique-journal-');
  files = await journalFiles(folder.path);
  await writeFile(join(folder.path, 'tls.key'), files.pair.key);
});
afterEach(async () => {
  await journal?.stop();
  journal = undefined;
  await folder.remove();
});

test('records of a webhook are in the store of a journal, and the metrics of both agree', async () => {
  journal = await start();
  const { caFile, tokenFile } = files;
  const webhook = await startWebhook({
    program,
    drain: '100ms',
    args: ['--journal-url', journal.url, '--journal-ca-file', caFile, '--journal-token-file', tokenFile],
  });
  await deny(webhook.port, 100);
  await waitFor('the records', async () => (await journal?.metric('pratique_journal_records_stored_total')) === 100);
  await waitFor(
    'their count',
    async () => (await metricOf(webhook.healthUrl, 'pratique_shipping_records_total')) === 100,
  );
  expect(await journal.metric('pratique_journal_heartbeat_age_seconds')).toBeLessThan(60);
  await webhook.stop();
  expect(await journal.metric('pratique_journal_missing_records')).toBe(0);
  expect(await journal.metric('pratique_journal_silent_replicas')).toBe(0);
  expect(await journal.metric('pratique_journal_store_bytes')).toBeGreaterThan(10_000);
  const { code } = await journal.stop();
  expect(code).toBe(0);
});

test('what a webhook could not ship before its end is missed by the journal, until its log is loaded', async () => {
  journal = await start();
  const { url } = journal;
  const { caFile, tokenFile } = files;
  const args = ['--journal-url', url, '--journal-ca-file', caFile, '--journal-token-file', tokenFile];
  const webhook = await startWebhook({ program, drain: '100ms', args });
  await deny(webhook.port, 20);
  await waitFor('the records', async () => (await journal?.metric('pratique_journal_records_stored_total')) === 20);
  await journal.stop('SIGKILL');
  await deny(webhook.port, 30);
  await webhook.stop();
  const log = join(folder.path, 'webhook.log');
  const lines = webhook.output().split('\n');
  await writeFile(log, `${lines.filter((line) => line.startsWith('{')).join('\n')}\n`);
  const loaded = await runProcess(process.execPath, [
    program,
    'journal',
    'ingest',
    log,
    '--store',
    join(folder.path, 'store'),
  ]);
  expect(loaded).toMatchObject({ code: 0 });
  journal = await start();
  expect(await journal.metric('pratique_journal_missing_records')).toBe(0);
  expect(await journal.metric('pratique_journal_silent_replicas')).toBe(0);
  expect(loaded.stdout + loaded.stderr).toContain('30');
});

test('each wrong request is told what is wrong, and changes nothing', async () => {
  journal = await start();
  const { port } = journal;
  const ndjson = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
  const post = async (headers: Record<string, string>, body: string | Buffer, path = '/v1/records') => {
    const { status, text } = await send(port, { path, headers, body });
    return [status, (JSON.parse(text) as { error?: string }).error];
  };
  expect(await post({ 'content-type': 'application/x-ndjson' }, '{}\n')).toEqual([401, 'unauthenticated']);
  expect(await post({ ...ndjson, authorization: 'Bearer wrong' }, '{}\n')).toEqual([401, 'unauthenticated']);
  expect(await post({ ...ndjson, authorization: `Basic ${token}` }, '{}\n')).toEqual([401, 'unauthenticated']);
  expect(await post({ ...ndjson, 'content-type': 'application/json' }, '{}\n')).toEqual([415, 'media-type']);
  expect(await post(ndjson, '')).toEqual([400, 'bad-body']);
  expect(await post(ndjson, Buffer.from([0xff, 0x0a]))).toEqual([400, 'bad-body']);
  expect(await post(ndjson, '\n'.repeat(8_193))).toEqual([400, 'bad-body']);
  expect(await post(ndjson, '{}\n', '/v1/other')).toEqual([404, 'not-found']);
  const { status, text } = await send(port, { path: '/v1/records', headers: ndjson, body: 'no json\n{"v":2}\n' });
  expect([status, JSON.parse(text)]).toMatchObject([
    200,
    {
      stored: 0,
      refused: [
        { line: 1, reason: 'is no JSON' },
        { line: 2, reason: expect.stringContaining('version') },
      ],
    },
  ]);
  expect(await journal.metric('pratique_journal_lines_refused_total')).toBe(2);
  expect(await journal.metric('pratique_journal_records_stored_total')).toBe(0);
});

test('a body over the limit is refused, whether or not it says its length', async () => {
  journal = await start();
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
  const body = Buffer.alloc(8 * 1024 * 1024 + 1, ' ');
  const answered = await send(journal.port, { path: '/v1/records', headers, body }).catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  expect(answered).toSatisfy(
    (one: unknown) => one === 'EPIPE' || one === 'ECONNRESET' || (one as { status: number }).status === 413,
  );
  expect(await journal.metric('pratique_journal_requests_total')).toBe(1);
});

test.for([
  ['no store', ['--token-file', 'TOKENS'], 'give --store or --postgres-url-file'],
  ['two stores', ['--store', 'x', '--postgres-url-file', 'y', '--token-file', 'TOKENS'], 'exclude each other'],
  ['nobody who may write', ['--store', 'STORE'], 'give --writer in a cluster, or --token-file outside one'],
  ['two ways to tell who may', ['--store', 'STORE', '--writer', 'a', '--token-file', 'TOKENS'], 'exclude each other'],
  ['a file of tokens that is not there', ['--store', 'STORE', '--token-file', 'NONE'], 'ENOENT'],
  ['a Secret without a Service', ['--store', 'STORE', '--token-file', 'TOKENS', '--tls-secret', 's'], '--tls-service'],
] as const)('%s: exit 2, and the reason', async ([, args, reason]) => {
  const places: Readonly<Record<string, string>> = {
    TOKENS: files.tokenFile,
    STORE: join(folder.path, 'store'),
    NONE: join(folder.path, 'none'),
  };
  const words = args.map((word) => places[word] ?? word);
  const { code, stderr } = await runProcess(process.execPath, [program, 'journal', 'serve', ...words]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
});

test.for([
  ['a token without an address', ['--journal-token-file', 'x'], '--journal-token-file needs --journal-url'],
  ['an address without a token', ['--journal-url', 'https://j:1'], '--journal-url needs --journal-token-file'],
  ['an address that is not HTTPS', ['--journal-url', 'http://j:1', '--journal-token-file', 'x'], 'must be an https://'],
  ['an address with a query', ['--journal-url', 'https://j:1?a', '--journal-token-file', 'x'], 'no query'],
] as const)('serve with %s: exit 2, and the reason', async ([, args, reason]) => {
  const { code, stderr } = await runProcess(process.execPath, [program, 'serve', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
});

async function deny(port: number, count: number): Promise<void> {
  const pod = { spec: { containers: [{ name: 'build', image: 'docker:dind' }] } };
  for (let done = 0; done < count; done++) {
    await postReview({ port, agent }, '/validate', podReview({ object: pod, namespace: 'ci' }));
  }
}

function start(): Promise<JournalProcess> {
  const args = ['--store', join(folder.path, 'store'), '--token-file', files.tokenFile];
  const keyFile = join(folder.path, 'tls.key');
  return startJournalProcess({ program, args, certFile: files.caFile, keyFile });
}
