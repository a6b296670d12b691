import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { inflightBytes } from '../../src/server/limits.ts';
import type { WebhookOptions } from '../../src/server/webhook.ts';
import { allowAll, review, send, sendBytes, startServer, type TestServer } from './server-harness.ts';

const open: TestServer[] = [];
async function start(overrides: Partial<WebhookOptions> = {}): Promise<TestServer> {
  const server = await startServer(overrides);
  open.push(server);
  return server;
}
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const body = JSON.stringify(review());
const head = (fields: string) =>
  `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${fields}\r\n\r\n`;

/** A request whose head is sent, and whose body is not. */
async function holdOpen(port: number, fields: string): Promise<tls.TLSSocket> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.write(head(fields));
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await sleep(10);
  }
}

describe('bytes in flight', () => {
  test('over the cap are 503 with Retry-After, without a reset, and the connection lives on', async () => {
    const inflight = inflightBytes(1_000_000);
    const server = await start({ inflight });
    const holder = await holdOpen(server.port, 'Content-Length: 999000');
    await until(() => inflight.used === 999_000);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const refused = await send(server.port, { body: body.padEnd(900_000), agent });
    expect([refused.status, refused.headers['retry-after'], JSON.parse(refused.text).error]).toEqual([
      503,
      '1',
      'overloaded',
    ]);
    expect(refused.headers['connection']).toBe('keep-alive');
    holder.destroy();
    await until(() => inflight.used === 0);
    expect((await send(server.port, { body, agent })).status).toBe(200);
    agent.destroy();
    await until(() => inflight.used === 0);
  });

  test('are reserved at the limit for a body without a length', async () => {
    const inflight = inflightBytes(64 * 1024 * 1024);
    const server = await start({ inflight });
    const holder = await holdOpen(server.port, 'Transfer-Encoding: chunked');
    await until(() => inflight.used === 32 * 1024 * 1024);
    holder.destroy();
    await until(() => inflight.used === 0);
  });

  test('are given back after every kind of answer', async () => {
    const inflight = inflightBytes(64 * 1024 * 1024);
    const server = await start({ inflight });
    await send(server.port, { body });
    await send(server.port, { body: '{' });
    await send(server.port, { body: Buffer.alloc(33 * 1024 * 1024 + 1) });
    await send(server.port, { body, path: '/nowhere' });
    await send(server.port, { body, headers: { 'content-type': 'text/plain' } });
    await until(() => inflight.used === 0);
    expect(server.told.refusals.map(({ status }) => status)).toEqual([400, 413, 404, 415]);
  });
});

describe('time', () => {
  test('a body that does not arrive is 408 in JSON', { timeout: 30_000 }, async () => {
    const server = await start();
    const answer = await sendBytes(server.port, `${head('Content-Length: 100')}{`, 15_000);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"error":"timeout"');
    expect(server.told.refusals.map(({ status }) => status)).toEqual([408]);
  });

  test('a head that does not arrive is 408 in JSON', { timeout: 30_000 }, async () => {
    const server = await start();
    expect(await sendBytes(server.port, 'POST /validate HTTP/1.1\r\nHost:', 15_000)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('is asked of the clock that was injected', async () => {
    const seen: number[] = [];
    const server = await start({
      clock: () => 1_234,
      answer: (read, webhook, configuration, now) => {
        seen.push(now);
        return allowAll(read, webhook, configuration, now);
      },
    });
    await send(server.port, { body });
    expect(seen).toEqual([1_234]);
  });
});

describe('an error of our own', () => {
  const broken: WebhookOptions['answer'] = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };

  test('is a denial at /validate, and is told', async () => {
    const server = await start({ answer: broken });
    const answer = await send(server.port, { body });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: '7f0b2a6c-0000-4000-8000-000000000001',
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
      },
    });
    expect(answer.text).not.toContain('call stack');
    expect(server.told.errors).toHaveLength(1);
    expect(server.told.reviews[0]?.outcome).toMatchObject({ decision: 'error', webhook: 'validate' });
  });

  test.for(['/mutate', '/observe'])('is allowed without a patch at %s', async (path) => {
    const server = await start({ answer: broken });
    const { response } = JSON.parse((await send(server.port, { body, path })).text);
    expect(response).toEqual({ uid: '7f0b2a6c-0000-4000-8000-000000000001', allowed: true });
  });

  test('in the observer changes no answer', async () => {
    const fails = () => {
      throw new Error('the log is gone');
    };
    const server = await start({ observer: { reviewed: fails, refused: fails, failed: fails } });
    expect((await send(server.port, { body })).status).toBe(200);
    expect((await send(server.port, { body: '' })).status).toBe(400);
    expect((await send(server.port, { body })).status).toBe(200);
  });

  test('deep nesting is answered like any other review', async () => {
    const server = await start();
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const answer = await send(server.port, { body: body.replace('"object":', `"deep":${deep},"object":`) });
    expect(answer.status).toBe(200);
  });
});

test('while draining every answer asks for a new connection', async () => {
  let draining = false;
  const server = await start({ draining: () => draining });
  const agent = new https.Agent({ keepAlive: true });
  expect((await send(server.port, { body, agent })).headers['connection']).toBe('keep-alive');
  draining = true;
  expect((await send(server.port, { body, agent })).headers['connection']).toBe('close');
  expect((await send(server.port, { body: '', agent })).headers['connection']).toBe('close');
  agent.destroy();
});

describe('no bytes', () => {
  const statuses = new Set(['200', '400', '404', '405', '408', '413', '415', '503']);
  const garbage = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.string({ minLength: 1, unit: 'binary' }).map((text) => Buffer.from(text)),
    fc
      .tuple(
        fc.constantFrom('POST', 'GET', 'HEAD', 'PRI', 'post', 'QUERY', ''),
        fc.constantFrom('/validate', '/mutate?x', '*', 'http://x/validate', '//', '/%00', '/validate#', '\\', ''),
        fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
        fc.array(
          fc.constantFrom(
            'Content-Length: 3',
            'Content-Length: 99999999999999999999',
            'Content-Length: -1',
            'Transfer-Encoding: chunked',
            'Transfer-Encoding: gzip, chunked',
            'Content-Type: application/json',
            'Content-Type: application/json, text/plain',
            'Expect: 100-continue',
            'Expect: x',
            'Upgrade: h2c',
            'Connection: upgrade',
            'Accept-Version: 1',
            'Host: a',
            'Host: b',
            '__proto__: x',
            'no colon',
          ),
          { maxLength: 5 },
        ),
        fc.constantFrom('', '{}', '0\r\n\r\n', '5\r\n{"a":', 'null'),
      )
      .map(([method, path, version, fields, rest]) =>
        Buffer.from(`${method} ${path} ${version}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${rest}`),
      ),
  );

  test('inside TLS make the server answer another status, or die', { timeout: 60_000 }, async () => {
    const server = await start();
    const crashes: unknown[] = [];
    const crashed = (error: unknown) => void crashes.push(error);
    process.on('uncaughtException', crashed);
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 3 }), async (parts) => {
        const answer = await sendBytes(server.port, Buffer.concat(parts), 40);
        for (const [, status = ''] of answer.matchAll(/HTTP\/1\.1 (\d+)/g)) {
          if (status !== '100') expect(statuses).toContain(status);
        }
      }),
      { numRuns: 300 },
    );
    expect((await send(server.port, { body })).status).toBe(200);
    process.off('uncaughtException', crashed);
    expect(crashes).toEqual([]);
    expect(server.told.errors).toEqual([]);
  });
});
