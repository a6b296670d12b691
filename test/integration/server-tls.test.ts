import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CertificateSource } from '../../src/tls/certificate-source.ts';
import { certificateFiles, withClientCaFile } from '../../src/tls/files.ts';
import { secureContextOptions } from '../../src/tls/secure-context.ts';
import { selfSignedSource } from '../../src/tls/self-signed.ts';
import { clientPair, localPair, review, type Sent, send, startServer, type TestServer } from './server-harness.ts';

const body = JSON.stringify(review());
const servers: TestServer[] = [];
const sources: CertificateSource[] = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-tls-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const source of sources.splice(0)) source.stop();
  await rm(folder, { recursive: true });
});

async function serve(source: CertificateSource): Promise<TestServer> {
  sources.push(source);
  const server = await startServer({ material: source.current() });
  source.onChange((material) => server.app.server.setSecureContext(secureContextOptions(material)));
  servers.push(server);
  return server;
}

async function write(pair: { readonly cert: string; readonly key: string }, into = folder): Promise<void> {
  await writeFile(join(into, 'tls.crt'), pair.cert);
  await writeFile(join(into, 'tls.key'), pair.key);
}

const files = (interval = 20) => certificateFiles(join(folder, 'tls.crt'), join(folder, 'tls.key'), interval);
const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;

function served(
  port: number,
  options: tls.ConnectionOptions = {},
): Promise<{ protocol: string | null; fingerprint: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ protocol: string | null; fingerprint: string }>();
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
    resolve({ protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 });
    socket.destroy();
  });
  socket.on('error', reject);
  return promise;
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await sleep(20);
  }
}

describe('protocols', () => {
  test('TLS 1.2 and 1.3 are spoken, 1.1 is refused, also after a reload', async () => {
    await write(await localPair());
    const server = await serve(await files());
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    expect((await served(server.port)).protocol).toBe('TLSv1.3');
    expect((await served(server.port, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
    await expect(served(server.port, old)).rejects.toThrow();
    const next = await localPair();
    await write(next);
    await until(async () => (await served(server.port)).fingerprint === fingerprint(next.cert));
    await expect(served(server.port, old)).rejects.toThrow();
  });

  test('plain HTTP and garbage on the TLS port are closed, and nothing more', async () => {
    await write(await localPair());
    const server = await serve(await files());
    const failure = new Promise((resolve) => http.get({ port: server.port, host: '127.0.0.1' }).on('error', resolve));
    expect(await failure).toBeInstanceOf(Error);
    for (const bytes of [Buffer.alloc(500, 0xff), Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]), Buffer.from('\n')]) {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await send(server.port, { body })).status).toBe(200);
    expect(server.told.refusals).toEqual([]);
  });
});

describe('certificate files', () => {
  test('are taken again when they change; a broken pair keeps the old one and says so once', async () => {
    const first = await localPair();
    await write(first);
    const source = await files();
    const server = await serve(source);
    const problems: string[] = [];
    source.onProblem((problem) => problems.push(problem));
    expect((await served(server.port)).fingerprint).toBe(fingerprint(first.cert));

    const second = await localPair();
    await writeFile(join(folder, 'tls.key'), second.key);
    await until(() => source.problem() !== undefined);
    await sleep(100);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('cannot be used together');
    expect((await served(server.port)).fingerprint).toBe(fingerprint(first.cert));

    await writeFile(join(folder, 'tls.crt'), 'no certificate');
    await until(() => problems.length === 2);
    expect((await served(server.port)).fingerprint).toBe(fingerprint(first.cert));

    await rm(join(folder, 'tls.crt'));
    await until(() => problems.length === 3);

    await write(second);
    await until(async () => (await served(server.port)).fingerprint === fingerprint(second.cert));
    expect(source.problem()).toBeUndefined();
    expect((await send(server.port, { body })).status).toBe(200);
  });

  test('follow the swap of a symlink, as Kubernetes updates a Secret', async () => {
    const [first, second] = [await localPair(), await localPair()];
    await mkdir(join(folder, '1'));
    await mkdir(join(folder, '2'));
    await write(first, join(folder, '1'));
    await write(second, join(folder, '2'));
    await symlink('1', join(folder, '..data'));
    await symlink('..data/tls.crt', join(folder, 'tls.crt'));
    await symlink('..data/tls.key', join(folder, 'tls.key'));
    const server = await serve(await files());
    expect((await served(server.port)).fingerprint).toBe(fingerprint(first.cert));
    await symlink('2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await until(async () => (await served(server.port)).fingerprint === fingerprint(second.cert));
  });

  test('connections that are open live on after a change', async () => {
    await write(await localPair());
    const server = await serve(await files());
    const agent = new (await import('node:https')).Agent({ keepAlive: true, maxSockets: 1 });
    expect((await send(server.port, { body, agent })).status).toBe(200);
    const [socket] = Object.values(agent.freeSockets).flat();
    const next = await localPair();
    await write(next);
    await until(async () => (await served(server.port)).fingerprint === fingerprint(next.cert));
    expect((await send(server.port, { body, agent })).status).toBe(200);
    expect(Object.values(agent.freeSockets).flat()[0]).toBe(socket);
    agent.destroy();
  });

  test.for([
    ['a missing file', async () => {}],
    [
      'a key of another certificate',
      async () => write({ cert: (await localPair()).cert, key: (await localPair()).key }),
    ],
    ['an empty file', async () => write({ cert: '', key: '' })],
  ] as const)('that are no good at first are an error: %s', async ([, prepare]) => {
    await prepare();
    await expect(files()).rejects.toThrow();
  });
});

describe('a client CA', () => {
  const client = clientPair;
  const as = (pair: { readonly cert: string; readonly key: string }): Sent => ({ body, tls: pair });

  test('lets only its own callers in, and is taken again when it changes', async () => {
    await write(await localPair());
    const [known, next] = [await client(), await client()];
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, known.cert);
    const source = await withClientCaFile(await files(), caFile, 20);
    const server = await serve(source);

    expect((await send(server.port, as(known))).status).toBe(200);
    await expect(send(server.port, { body })).rejects.toThrow();
    await expect(send(server.port, as(next))).rejects.toThrow();

    await writeFile(caFile, 'nothing');
    await until(() => source.problem() !== undefined);
    expect((await send(server.port, as(known))).status).toBe(200);

    await writeFile(caFile, next.cert);
    await until(() => source.problem() === undefined);
    expect((await send(server.port, as(next))).status).toBe(200);
    await expect(send(server.port, as(known))).rejects.toThrow();

    // A new pair must not forget the CA.
    const pair = await localPair();
    await write(pair);
    await until(async () => (await served(server.port, next)).fingerprint === fingerprint(pair.cert));
    await expect(send(server.port, { body })).rejects.toThrow();
    expect(server.told.reviews).toHaveLength(3);
  });
});

describe('a self-signed certificate', () => {
  test('holds the local names and those that were asked for, and verifies', async () => {
    const source = await selfSignedSource({ names: ['pratique.pratique.svc', '10.0.0.7'] });
    const server = await serve(source);
    const { cert } = source.current();
    for (const servername of ['localhost', 'pratique.pratique.svc']) {
      await served(server.port, { ca: cert, rejectUnauthorized: true, servername });
    }
    const certificate = new X509Certificate(cert);
    for (const address of ['127.0.0.1', '::1', '10.0.0.7']) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkHost('example.org')).toBeUndefined();
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    await expect(
      served(server.port, { ca: cert, rejectUnauthorized: true, servername: 'example.org' }),
    ).rejects.toThrow();
  });

  test('is renewed at two thirds of its life', async () => {
    let now = Date.now();
    const lifetime = 12_000;
    const source = await selfSignedSource({ names: [], lifetime, now: () => now });
    sources.push(source);
    const first = source.current().fingerprint;
    const changes: string[] = [];
    source.onChange((material) => changes.push(material.fingerprint));
    now += lifetime * 0.5;
    await sleep(1_300);
    expect(changes).toEqual([]);
    now += lifetime * 0.2;
    await until(() => changes.length === 1);
    expect(source.current().fingerprint).toBe(changes[0]);
    expect(source.current().fingerprint).not.toBe(first);
  });
});
