import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Balancer, startBalancer } from '../harness/balancer.ts';
import { freePort } from '../harness/ports.ts';
import { waitFor } from '../harness/waiting.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('connections go round robin over the healthy backends', async () => {
  const backends = [await startBackend('a'), await startBackend('b'), await startBackend('c')];
  const balancer = await balance(backends);
  const names = await Promise.all(Array.from({ length: 9 }, () => exchange(balancer.port, 'x')));
  expect(names.toSorted()).toEqual(['a:x', 'a:x', 'a:x', 'b:x', 'b:x', 'b:x', 'c:x', 'c:x', 'c:x']);
});

test('a backend that is not ready gets no connection until it is', async () => {
  const [a, b] = [await startBackend('a'), await startBackend('b', { isReady: false })];
  const balancer = await balance([a, b], 1);
  for (let round = 0; round < 4; round += 1) expect(await exchange(balancer.port, 'x')).toBe('a:x');
  b.isReady = true;
  await healthy(balancer, 2);
  a.isReady = false;
  await healthy(balancer, 1);
  expect(await exchange(balancer.port, 'x')).toBe('b:x');
});

test('a backend that refuses a connection is dropped at once and the next one gets every byte', async () => {
  const [a, b] = [await startBackend('a'), await startBackend('b')];
  // Readiness is not asked again during this test, so that only the refusals can tell that b is gone.
  const balancer = await balance([a, b], 2, 60_000);
  await b.stop();
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => exchange(balancer.port, `bytes ${index}`)));
  expect(answers).toEqual(Array.from({ length: 8 }, (_, index) => `a:bytes ${index}`));
  expect(balancer.backends().map(({ isHealthy }) => isHealthy)).toEqual([true, false]);
});

test('a client that ends its side still gets a long answer, and the other way round', async () => {
  const backend = await startBackend('', {
    onConnection(socket) {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => socket.end(Buffer.concat([...chunks, Buffer.alloc(2_000_000, 'z')])));
    },
  });
  const balancer = await balance([backend]);
  const answer = await exchange(balancer.port, 'question');
  expect(answer).toHaveLength('question'.length + 2_000_000);

  const earlyEnder = await startBackend('', {
    onConnection(socket) {
      socket.end('goodbye');
      socket.on('data', (chunk: Buffer) => received.push(chunk));
    },
  });
  const received: Buffer[] = [];
  const other = await balance([earlyEnder]);
  const client = connect({ port: other.port, host: '127.0.0.1', allowHalfOpen: true });
  client.resume();
  await new Promise((resolve) => client.once('end', resolve));
  client.end('last words');
  await waitFor('the last words', () => Buffer.concat(received).toString() === 'last words');
});

test('a backend that resets breaks the client, and a client that goes away leaves no connection', async () => {
  const resetting = await startBackend('', { onConnection: (socket) => void socket.resetAndDestroy() });
  const balancer = await balance([resetting]);
  await expect(exchange(balancer.port, 'x')).rejects.toThrow('ECONNRESET');

  const silent = await startBackend('', { onConnection: (socket) => void socket.resume() });
  const other = await balance([silent]);
  const client = connect(other.port, '127.0.0.1');
  await waitFor('the connection', () => other.backends()[0]?.connections === 1);
  client.resetAndDestroy();
  await waitFor('its end', () => other.backends()[0]?.connections === 0);
});

test('without a healthy backend the client is reset', async () => {
  const balancer = await balance([]);
  await expect(exchange(balancer.port, 'x')).rejects.toThrow('ECONNRESET');
});

test('backends come and go at run time, and connections outlive the removal of theirs', async () => {
  const [a, b] = [await startBackend('a'), await startBackend('b')];
  const balancer = await balance([a]);
  const client = connect(balancer.port, '127.0.0.1');
  await waitFor('the connection', () => balancer.backends()[0]?.connections === 1);
  balancer.add(b);
  balancer.remove(a.port);
  await healthy(balancer, 1);
  expect(await exchange(balancer.port, 'x')).toBe('b:x');
  expect(await converse(client, 'still here')).toBe('a:still here');
});

test('with a threshold a backend is out after so many failed looks in a row, and its connections are reset', async () => {
  const answers = [false, true, false, false, false];
  const silent = await startBackend('', { onConnection: (socket) => void socket.resume() });
  const asked = () => answers.length;
  const balancer = await startBalancer({ backends: [silent], intervalMs: 20, failureThreshold: 3 });
  cleanups.push(() => balancer.stop());
  await healthy(balancer, 1);
  const client = connect(balancer.port, '127.0.0.1');
  const broken = new Promise<Error>((resolve) => client.once('error', resolve));
  await waitFor('the connection', () => balancer.backends()[0]?.connections === 1);
  const seen: boolean[] = [];
  silent.answer = () => {
    seen.push(balancer.backends()[0]?.isHealthy === true);
    return answers.shift() ?? false;
  };
  await waitFor('all answers', () => asked() === 0);
  expect(await broken).toMatchObject({ code: 'ECONNRESET' });
  await healthy(balancer, 0);
  expect(seen.slice(0, 5)).toEqual([true, true, true, true, true]);
});

test('stop ends the listener and every connection', async () => {
  const silent = await startBackend('', { onConnection: (socket) => void socket.resume() });
  const balancer = await balance([silent]);
  const client = connect(balancer.port, '127.0.0.1').on('error', () => undefined);
  await waitFor('the connection', () => balancer.backends()[0]?.connections === 1);
  const closed = new Promise((resolve) => client.once('close', resolve));
  await balancer.stop();
  await closed;
  await expect(exchange(balancer.port, 'x')).rejects.toThrow('ECONNREFUSED');
});

interface TestBackend {
  readonly port: number;
  readonly readyUrl: string;
  isReady: boolean;
  /** In place of `isReady`. */
  answer?: () => boolean;
  stop(): Promise<unknown>;
}

/** Answers `<name>:<what the client said>` once the client has ended its side, unless told otherwise. */
async function startBackend(
  name: string,
  options: { readonly isReady?: boolean; readonly onConnection?: (socket: Socket) => void } = {},
): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (options.onConnection !== undefined) return options.onConnection(socket);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end(`${name}:${Buffer.concat(chunks).toString()}`));
  });
  const probe = createHttpServer((_request, response) => {
    response.statusCode = (backend.answer?.() ?? backend.isReady) ? 200 : 503;
    response.end();
  });
  const port = await listen(server);
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  const readyUrl = `http://127.0.0.1:${await listen(probe)}/readyz`;
  const backend: TestBackend = { port, readyUrl, isReady: options.isReady ?? true, stop };
  cleanups.push(stop, () => new Promise((resolve) => probe.close(resolve)));
  return backend;
}

async function listen(server: Server): Promise<number> {
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function balance(
  backends: readonly TestBackend[],
  awaited = backends.length,
  intervalMs = 20,
): Promise<Balancer> {
  const balancer = await startBalancer({ backends, intervalMs });
  cleanups.push(() => balancer.stop());
  await healthy(balancer, awaited);
  return balancer;
}

async function healthy(balancer: Balancer, count: number): Promise<void> {
  await waitFor(`${count} healthy backends`, () => balancer.backends().filter((b) => b.isHealthy).length === count);
}

function exchange(port: number, question: string): Promise<string> {
  return converse(connect({ port, host: '127.0.0.1', allowHalfOpen: true }), question);
}

function converse(client: Socket, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.on('end', () => resolve(Buffer.concat(chunks).toString()));
    client.on('error', reject);
    client.end(question);
  });
}
