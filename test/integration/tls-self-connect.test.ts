import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { withClientCas } from '../../src/tls/certificate-source.ts';
import { createCa, issueLeaf } from '../../src/tls/issue.ts';
import { secureContextOptions } from '../../src/tls/secure-context.ts';
import { selfConnect, sparingly } from '../../src/tls/self-connect.ts';
import { clientPair, startServer, type TestServer } from './server-harness.ts';

const hour = 3_600_000;
const name = 'pratique.pratique.svc';
const ca = await createCa(Date.now(), 24 * hour);
const other = await createCa(Date.now(), 24 * hour);
const leaf = await issueLeaf(ca, { names: [name], now: Date.now(), lifetime: hour });
const expired = await issueLeaf(ca, { names: [name], now: Date.now() - 30 * 60_000, lifetime: 60_000 });
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serving(material = leaf.material): Promise<TestServer> {
  const server = await startServer({ material });
  ends.push(server.close);
  return server;
}

const asked = (port: number, over: { bundle?: string; serverName?: string; fingerprint?: string } = {}) =>
  selfConnect({
    host: 'localhost',
    port,
    fingerprint: () => over.fingerprint ?? leaf.material.fingerprint,
    trust: { bundle: over.bundle ?? ca.certificate.pem, serverName: over.serverName ?? name },
  });

test('all is well when the chain and the name verify, also beside other CAs', async () => {
  const { port, told } = await serving();
  expect(await asked(port)).toBeUndefined();
  expect(await asked(port, { bundle: other.certificate.pem + ca.certificate.pem })).toBeUndefined();
  expect(told).toEqual({ reviews: [], refusals: [], errors: [] });
});

test.for([
  ['a CA that did not sign it', { bundle: other.certificate.pem }, 'a connection to itself fails: '],
  ['another name', { serverName: 'pratique.other.svc' }, 'a connection to itself fails: '],
  ['another certificate', { fingerprint: 'AA:BB' }, 'another certificate is served than should be'],
] as const)('is wrong: %s', async ([, over, problem]) => {
  const { port } = await serving();
  expect(await asked(port, over)).toContain(problem);
});

test('an expired certificate is wrong, one that was put in its place is right', async () => {
  const { port, app } = await serving(expired.material);
  expect(await asked(port)).toContain('certificate has expired');
  app.server.setSecureContext(secureContextOptions(leaf.material));
  expect(await asked(port)).toBeUndefined();
});

test('a server that demands client certificates is well all the same', async () => {
  const client = await clientPair();
  const { port, told } = await serving(withClientCas(leaf.material, client.cert));
  expect(await asked(port)).toBeUndefined();
  expect(told.errors).toEqual([]);
});

test('a port where nobody answers, or nobody listens, is wrong', async () => {
  const accepted: net.Socket[] = [];
  const silent = net.createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, 'localhost', resolve));
  const { port } = silent.address() as AddressInfo;
  expect(await asked(port)).toBe('no answer to a connection to itself');
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  expect(await asked(port)).toContain('a connection to itself fails: ');
});

test('without a bundle only the certificate itself is compared', async () => {
  const { port } = await serving(expired.material);
  const ask = (fingerprint: string) => selfConnect({ host: 'localhost', port, fingerprint: () => fingerprint });
  expect(await ask(expired.material.fingerprint)).toBeUndefined();
  expect(await ask(leaf.material.fingerprint)).toBe('another certificate is served than should be');
});

test('however many ask, it is asked once in a second', async () => {
  let [time, count] = [0, 0];
  const ask = sparingly(
    async () => `answer ${++count}`,
    1_000,
    () => time,
  );
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['answer 1', 'answer 1', 'answer 1']);
  time = 999;
  expect(await ask()).toBe('answer 1');
  time = 1_000;
  expect(await ask()).toBe('answer 2');
});
