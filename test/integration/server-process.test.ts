import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientPair, localPair, review, send } from './server-harness.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly port: number;
  readonly healthPort: number;
  readonly lines: () => readonly Record<string, unknown>[];
  readonly stderr: () => string;
  readonly ended: Promise<readonly [code: number | null, signal: string | null]>;
}

let folder = '';
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-serve-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const lines = () =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, lines, stderr: () => stderr, ended };
}

async function serve(...args: readonly string[]): Promise<Running> {
  const running = run('serve', '--host', '127.0.0.1', '--port', '0', '--health-port', '0', ...args);
  await until(() => {
    if (running.child.exitCode !== null) throw new Error(`it ended: ${running.stderr()}`);
    return running.lines().some(({ msg }) => msg === 'listening');
  });
  const listening = running.lines().find(({ msg }) => msg === 'listening');
  return { ...running, port: Number(listening?.['port']), healthPort: Number(listening?.['healthPort']) };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await sleep(25);
  }
}

async function probe(server: Running, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${server.healthPort}${path}`);
  return { status: response.status, text: await response.text() };
}

async function configured(text: string, name = 'config.yaml'): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n${text}`);
  return file;
}

const body = JSON.stringify(review());
const records = (server: Pick<Running, 'lines'>) => server.lines().filter(({ v }) => v === 1);

describe('pratique serve', () => {
  test('without any flag serves a self-signed certificate, and prints a curl line that is answered', async () => {
    const server = await serve();
    const listening = server.lines()[0];
    expect(listening).toMatchObject({ level: 'info', configHash: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(listening?.['certificate']).toMatchObject({
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
    await until(() => server.stderr().includes('curl'));
    const curl = /^ {2}curl -k https:\/\/localhost:(\d+)(\/\w+) -H 'content-type: (\S+)' -d '([^']+)'$/m.exec(
      server.stderr(),
    );
    const [, port, path = '', type = '', data = ''] = curl ?? [];
    const answer = await send(Number(port), { path, headers: { 'content-type': type }, body: data });
    expect(JSON.parse(answer.text)).toMatchObject({ response: { uid: 'try-it', allowed: false } });
    expect((await probe(server, '/livez')).status).toBe(200);
    expect(await probe(server, '/readyz')).toMatchObject({ status: 200 });
    const metrics = (await probe(server, '/metrics')).text;
    expect(metrics).toMatch(
      /^pratique_reviews_total\{webhook="validate",operation="CREATE",decision="\w+",mode="enforce"\} 1$/m,
    );
    expect(metrics).toMatch(/^pratique_review_duration_seconds_bucket\{le="\+Inf",webhook="validate"\} 1$/m);
    expect(metrics).toMatch(/^pratique_review_duration_seconds_count\{webhook="validate"\} 1$/m);
    expect(metrics).toMatch(/^pratique_certificate_expiry_seconds\{kind="serving"\} \d+$/m);
    expect(metrics).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect((await probe(server, '/')).status).toBe(404);
  });

  test('on SIGTERM is not ready at once, answers while it drains, and exits 0 with every record written', async () => {
    const server = await serve('--drain', '1s', '--config', await configured('journal: { allows: all }'));
    const agent = new https.Agent({ keepAlive: true });
    expect((await send(server.port, { body, agent })).headers['connection']).toBe('keep-alive');
    server.child.kill('SIGTERM');
    await until(async () => (await probe(server, '/readyz')).status === 503);
    expect(JSON.parse((await probe(server, '/readyz')).text).reasons).toEqual(['shutting down']);
    expect((await probe(server, '/livez')).status).toBe(200);
    const answer = await send(server.port, { body, agent });
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    expect((await send(server.port, { body })).status).toBe(200);
    agent.destroy();
    expect(await server.ended).toEqual([0, null]);
    expect(records(server).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(server.lines().at(-1)?.['msg']).toBe('stopped');
  });

  test('finishes a review that is in flight when the drain period ends', async () => {
    const server = await serve('--drain', '200ms');
    const request = https.request({
      port: server.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/validate',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      rejectUnauthorized: false,
      agent: false,
    });
    request.write(body.slice(0, 100));
    await until(async () => /pratique_inflight_bytes [1-9]/.test((await probe(server, '/metrics')).text));
    server.child.kill('SIGTERM');
    await sleep(800);
    request.end(body.slice(100));
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await server.ended).toEqual([0, null]);
  });

  test.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('on a second signal ends at once, with its records: %s', async ([signal, code]) => {
    const server = await serve('--drain', '1m', '--config', await configured('journal: { allows: all }'));
    server.child.kill(signal);
    await until(async () => (await probe(server, '/readyz')).status === 503);
    await send(server.port, { body });
    const before = performance.now();
    server.child.kill(signal);
    expect(await server.ended).toEqual([code, null]);
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(records(server)).toHaveLength(1);
  });

  test('with journal.allows all writes one line for each review', async () => {
    const server = await serve('--drain', '100ms', '--config', await configured('journal: { allows: all }'));
    const agent = new https.Agent({ keepAlive: true, maxSockets: 8 });
    await Promise.all(Array.from({ length: 300 }, () => send(server.port, { body, agent })));
    agent.destroy();
    // The flush time, and not a signal, brings them out.
    await until(() => records(server).length === 300);
    expect(records(server).map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(new Set(records(server).map(({ instance }) => instance)).size).toBe(1);
    expect(records(server)[0]).toMatchObject({
      authn: 'none',
      decision: 'allow',
      namespace: 'gitlab',
      bytes: body.length,
    });
  });

  test('with a client CA says so in the record', async () => {
    const [pair, client] = [await localPair(), await clientPair()];
    const files = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => join(folder, name));
    const [certFile = '', keyFile = '', caFile = ''] = files;
    await writeFile(certFile, pair.cert);
    await writeFile(keyFile, pair.key);
    await writeFile(caFile, client.cert);
    const config = await configured('journal: { allows: all, sync: true }');
    const flags = [
      '--tls-cert-file',
      certFile,
      '--tls-key-file',
      keyFile,
      '--client-ca-file',
      caFile,
      '--config',
      config,
    ];
    const server = await serve(...flags);
    expect((await send(server.port, { body, tls: client })).status).toBe(200);
    await expect(send(server.port, { body })).rejects.toThrow();
    await until(() => records(server).length === 1);
    expect(records(server)[0]).toMatchObject({ authn: 'mtls' });
    expect((await probe(server, '/metrics')).text).toMatch(
      /^pratique_certificate_expiry_seconds\{kind="client-ca"\} \d+$/m,
    );
  });

  test('takes a changed configuration; a broken one leaves the last good one, and is told', async () => {
    const config = await configured('default: { mode: audit }');
    const server = await serve('--config', config);
    const hash = async () =>
      /pratique_configuration_info\{hash="(\w+)"\} 1/.exec((await probe(server, '/metrics')).text)?.[1];
    const first = await hash();
    await configured('default: { mode: warn }');
    await until(async () => (await hash()) !== first);
    const second = await hash();
    await configured('default: { mood: warn }');
    await until(async () => (await probe(server, '/readyz')).text.includes('mood'));
    expect(JSON.parse((await probe(server, '/readyz')).text)).toMatchObject({ status: 'ok', reasons: [] });
    expect(await hash()).toBe(second);
    expect((await probe(server, '/metrics')).text).toMatch(/^pratique_configuration_reload_failures_total 1$/m);
    expect((await send(server.port, { body })).status).toBe(200);
    await until(() =>
      server.lines().some(({ level, problems }) => level === 'error' && String(problems).includes('mood')),
    );
  });

  test('goes on when the reader of its log is gone, and still ends', async () => {
    const server = await serve('--drain', '100ms', '--config', await configured('journal: { allows: all }'));
    server.child.stdout.destroy();
    for (let index = 0; index < 20; index++) expect((await send(server.port, { body })).status).toBe(200);
    await until(async () => (await probe(server, '/readyz')).text.includes('EPIPE'));
    expect((await probe(server, '/readyz')).status).toBe(200);
    server.child.kill('SIGTERM');
    const [code] = await once(server.child, 'exit');
    expect(code).toBe(0);
  });
});

describe('pratique serve does not start, exits 2 and says why', () => {
  test('with an invalid configuration: every problem', async () => {
    const config = await configured('default: { mood: audit }\nnamespaces: [{ match: [a], profile: nope }]');
    const { ended, stderr, lines } = run('serve', '--port', '0', '--health-port', '0', '--config', config);
    expect(await ended).toEqual([2, null]);
    expect(stderr()).toContain('mood');
    expect(stderr()).toContain('nope');
    expect(lines()).toEqual([]);
  });

  test.for([
    ['a missing configuration', ['--config', '/nowhere/config.yaml'], '/nowhere/config.yaml'],
    ['a certificate without a key', ['--tls-cert-file', '/nowhere/tls.crt'], '--tls-key-file'],
    [
      'a missing certificate',
      ['--tls-cert-file', '/nowhere/tls.crt', '--tls-key-file', '/nowhere/tls.key'],
      '/nowhere/tls.',
    ],
    ['a missing client CA', ['--client-ca-file', '/nowhere/ca.crt'], '/nowhere/ca.crt'],
    ['an address of somebody else', ['--host', '192.0.2.1'], 'EADDRNOTAVAIL'],
    ['a port that is none', ['--port', '65536'], '65536'],
    ['a duration that is none', ['--drain', 'soon'], 'soon'],
    ['bytes that are none', ['--max-inflight-bytes', '0'], '"0"'],
    ['an unknown flag', ['--nope'], '--nope'],
  ] as const)('with %s', async ([, flags, reason]) => {
    const { ended, stderr } = run('serve', '--port', '0', '--health-port', '0', ...flags);
    expect(await ended).toEqual([2, null]);
    expect(stderr()).toContain(reason);
  });
});

test('pratique --version and --help answer, and an unknown command exits 2', async () => {
  const [version, help, unknown] = [run('--version'), run('--help'), run('sevre')];
  expect(await version.ended).toEqual([0, null]);
  expect(await help.ended).toEqual([0, null]);
  expect(await unknown.ended).toEqual([2, null]);
  expect(unknown.stderr()).toContain('serve');
});
