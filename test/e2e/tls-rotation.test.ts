import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificatesIn } from '../../src/tls/certificate-source.ts';
import { isReady } from '../harness/readiness.ts';
import { waitFor } from '../harness/waiting.ts';
import { privileged } from './pods.ts';
import { startTlsCluster, type TlsCluster } from './tls-cluster.ts';
import { createPod, creatingPods, isEverywhere, leafOf } from './tls-pods.ts';

/** Of five years, a month, five minutes and one minute: enough for a whole life in a minute. */
const times = ['--tls-ca-lifetime=45s', '--tls-leaf-lifetime=12s', '--tls-overlap=4s', '--tls-reconcile=500ms'];
let tls: TlsCluster;

beforeAll(async () => {
  tls = await startTlsCluster();
});
afterAll(async () => {
  await tls?.stop();
});

test('the first replica of all is ready, and the first pod denied, soon after its start', async () => {
  const { seconds } = await tls.start(times);
  process.stdout.write(`start to ready in mode self, the first one: ${seconds.toFixed(2)} s\n`);
  expect(seconds).toBeLessThan(30);
  await waitFor(
    'the first denial',
    async () => (await createPod(tls, 'first', { container: privileged })).status === 403,
  );
});

test('while pods are created, leaves are renewed and two CAs follow one another without an error', async () => {
  await Promise.all([tls.start(times), tls.start(times)]);
  const pods = creatingPods(tls, 'rotation');
  const [cas, leaves, sizes] = [new Set<string>(), new Set<string>(), new Set<number>()];
  await waitFor(
    'the third CA to sign',
    async () => {
      const bundle = certificatesIn((await tls.secret())['ca.crt'] ?? '');
      sizes.add(bundle.length);
      cas.add(bundle[0] ?? '');
      for (const replica of tls.replicas) leaves.add((await leafOf(replica)).fingerprint256);
      return cas.size >= 3;
    },
    { timeoutMs: 120_000, intervalMs: 100 },
  );
  await waitFor('every replica to serve what it signed', async () => {
    const [signing = ''] = certificatesIn((await tls.secret())['ca.crt'] ?? '');
    const { publicKey } = new X509Certificate(signing);
    const served = await Promise.all(tls.replicas.map(leafOf));
    return served.every((leaf) => leaf.verify(publicKey)) && (await isEverywhere(tls));
  });
  const { created, wrong } = await pods.end();
  process.stdout.write(`rotation: ${JSON.stringify({ created, wrong: wrong.length, leaves: leaves.size })}\n`);
  expect(wrong).toEqual([]);
  expect(created).toBeGreaterThan(300);
  // Three replicas over more than 60 s, a leaf lives 12 s and is renewed at two thirds.
  expect(leaves.size).toBeGreaterThan(15);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
});

test('while the API server is away replicas stay ready and alive, and go on renewing', async () => {
  const { 'kube-apiserver': pid = 0 } = tls.cluster.pids;
  const [replica] = tls.replicas;
  if (replica === undefined || pid === 0) throw new Error('nothing runs');
  process.kill(pid, 'SIGSTOP');
  try {
    const before = (await leafOf(replica)).fingerprint256;
    await waitFor('another leaf', async () => (await leafOf(replica)).fingerprint256 !== before, { intervalMs: 200 });
    expect(await isReady(`${replica.healthUrl}/readyz`)).toBe(true);
    expect(await isReady(`${replica.healthUrl}/livez`)).toBe(true);
    const details = (await (await fetch(`${replica.healthUrl}/readyz`)).json()) as { readonly details: object };
    expect(details.details).toMatchObject({
      certificate: expect.stringContaining('cannot be reached: no answer after 5 s'),
    });
    const told = replica.operationalLines().filter((line) => line.includes('no answer after 5 s'));
    expect(told).toHaveLength(1);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await waitFor('pods again', async () => (await createPod(tls, 'again', { container: privileged })).status === 403);
});
