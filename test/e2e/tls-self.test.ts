import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { connect } from '../../src/cluster/connection.ts';
import { certificatesIn } from '../../src/tls/certificate-source.ts';
import { clusterStore } from '../../src/tls/cluster-store.ts';
import { runProcess } from '../harness/processes.ts';
import { isReady } from '../harness/readiness.ts';
import { waitFor } from '../harness/waiting.ts';
import type { WebhookProcess } from '../harness/webhook-process.ts';
import { deniedBy } from './guarded-cluster.ts';
import { privileged } from './pods.ts';
import { startTlsCluster, type TlsCluster, type TlsConfiguration, tlsPaths } from './tls-cluster.ts';
import { createPod, creatingPods, isEverywhere, leafOf } from './tls-pods.ts';

const times = ['--tls-reconcile=1s', '--tls-overlap=3s'];
let tls: TlsCluster;

beforeAll(async () => {
  tls = await startTlsCluster();
});
afterAll(async () => {
  await tls?.stop();
});

async function metric(replica: WebhookProcess, line: string): Promise<number | undefined> {
  const text = await (await fetch(`${replica.healthUrl}/metrics`)).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test('three replicas that start at once agree on one CA, and the API server calls them', async () => {
  onTestFailed(() => void process.stdout.write(tls.replicas.map((one) => one.output()).join('\n')));
  const started = await Promise.all([tls.start(times), tls.start(times), tls.start(times)]);
  expect(certificatesIn((await tls.secret())['ca.crt'] ?? '')).toHaveLength(1);
  expect(await isEverywhere(tls)).toBe(true);
  const ca = new X509Certificate((await tls.secret())['ca.crt'] ?? '');
  for (const { replica } of started) expect((await leafOf(replica)).verify(ca.publicKey)).toBe(true);
  const { status, message } = await createPod(tls, 'first', { container: privileged });
  expect({ status, message }).toMatchObject({
    status: 403,
    message: expect.stringContaining(`${deniedBy}[privileged] `),
  });
  const seconds = started.map((one) => one.seconds.toFixed(2)).join(', ');
  process.stdout.write(`start to ready in mode self, three at once: ${seconds} s\n`);
});

test('a replica that joins is ready soon', async () => {
  const { replica, seconds } = await tls.start(times);
  process.stdout.write(`start to ready in mode self: ${seconds.toFixed(2)} s\n`);
  expect(seconds).toBeLessThan(30);
  await replica.stop('SIGKILL');
  tls.balancer.remove(replica.port);
});

test('OpenSSL, strictly, and the metrics agree on the certificates', async () => {
  const [replica] = tls.replicas;
  if (replica === undefined) throw new Error('no replica');
  const leaf = await leafOf(replica);
  const files = { ca: join(tls.cluster.folder, 'verify-ca.pem'), leaf: join(tls.cluster.folder, 'verify-leaf.pem') };
  await writeFile(files.ca, (await tls.secret())['ca.crt'] ?? '');
  await writeFile(files.leaf, leaf.toString());
  const flags = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'pratique.pratique.svc'];
  const verified = await runProcess('openssl', ['verify', ...flags, '-CAfile', files.ca, files.leaf]);
  expect(verified).toMatchObject({ code: 0 });
  expect(leaf.subjectAltName?.split(', ')).toEqual([
    'DNS:pratique.pratique.svc',
    'DNS:pratique.pratique.svc.cluster.local',
    'DNS:pratique.pratique',
  ]);
  const expiry = 'pratique_certificate_expiry_seconds';
  expect(await metric(replica, `${expiry}{kind="serving"}`)).toBe(leaf.validToDate.getTime() / 1000);
  const ca = new X509Certificate((await tls.secret())['ca.crt'] ?? '');
  expect(await metric(replica, `${expiry}{kind="ca"}`)).toBe(ca.validToDate.getTime() / 1000);
  for (const kind of ['validating', 'mutating']) {
    expect(await metric(replica, `pratique_ca_bundle_current{configuration="${kind}/pratique"}`)).toBe(1);
  }
});

test('of the webhook configurations only caBundle is owned and changed', async () => {
  for (const kind of ['validating', 'mutating'] as const) {
    const { metadata, webhooks } = await tls.configuration(kind);
    const managers = metadata?.['managedFields'] as readonly { readonly manager: string; readonly fieldsV1: object }[];
    const ours = managers.filter(({ manager }) => manager === 'pratique-tls');
    const owned = webhooks.map(({ name }) => [`k:{"name":"${name}"}`, { 'f:clientConfig': { 'f:caBundle': {} } }]);
    expect(ours.map(({ fieldsV1 }) => fieldsV1)).toEqual([{ 'f:webhooks': Object.fromEntries(owned) }]);
    // What another changes meanwhile stays as it is after the next repair.
    const [first] = webhooks;
    const changed = { metadata: { labels: { team: 'blue' } }, webhooks: [{ name: first?.name, timeoutSeconds: 7 }] };
    await tls.cluster.api.expect('PATCH', tlsPaths[kind], changed, {
      contentType: 'application/strategic-merge-patch+json',
    });
    const before = await tls.configuration(kind);
    await wipe(kind);
    await waitFor('the repair', () => isEverywhere(tls));
    const after = await tls.configuration(kind);
    expect(after.webhooks).toEqual(before.webhooks);
    expect(after.metadata?.labels).toEqual(before.metadata?.labels);
  }
});

test('a caBundle is not set where the configuration changed since it was read', async () => {
  const open = () => connect({ kubeconfig: tls.cluster.kubeconfig });
  const store = clusterStore(open, { namespace: 'pratique', name: 'pratique-ca' });
  for (const kind of ['validating', 'mutating'] as const) {
    const read = await store.configuration({ kind, name: 'pratique' });
    if (read === undefined) throw new Error('no configuration');
    const labels = { 'changed-by': 'another' };
    await tls.cluster.api.expect(
      'PATCH',
      tlsPaths[kind],
      { metadata: { labels } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    expect(await store.setBundles(read, '')).toBeUndefined();
    expect(await store.setBundles({ ...read, name: 'missing' }, '')).toBeUndefined();
  }
  expect(await isEverywhere(tls)).toBe(true);
});

test('Helm takes a webhook out of a configuration by server-side apply, and puts it back', async () => {
  const { metadata, webhooks } = await tls.configuration('validating');
  const applied = webhooks.map(({ clientConfig, ...webhook }) => ({
    ...webhook,
    clientConfig: { service: clientConfig['service'] },
  }));
  const apply = (some: readonly object[]) =>
    tls.cluster.api.request<TlsConfiguration>(
      'PATCH',
      tlsPaths.validating,
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: {
          name: 'pratique',
          labels: { 'app.kubernetes.io/name': metadata?.labels?.['app.kubernetes.io/name'] },
        },
        webhooks: some,
      },
      { contentType: 'application/apply-patch+yaml', query: { fieldManager: 'helm', force: 'true' } },
    );
  const { status, body } = await apply(applied.slice(0, -1));
  expect({ status, message: body.message }).toEqual({ status: 200, message: undefined });
  expect(body.webhooks.map(({ name }) => name)).toEqual(webhooks.slice(0, -1).map(({ name }) => name));
  expect(body.webhooks.every(({ clientConfig }) => clientConfig.caBundle !== undefined)).toBe(true);
  expect((await apply(applied)).status).toBe(200);
  await waitFor('its caBundle', () => isEverywhere(tls));
});

async function wipe(kind: 'validating' | 'mutating'): Promise<void> {
  const { webhooks } = await tls.configuration(kind);
  const without = webhooks.map((_, index) => ({ op: 'remove', path: `/webhooks/${index}/clientConfig/caBundle` }));
  await tls.cluster.api.expect('PATCH', tlsPaths[kind], without, { contentType: 'application/json-patch+json' });
}

test('a wiped caBundle is set again, and no replica becomes unready meanwhile', async () => {
  const readiness: boolean[] = [];
  await wipe('validating');
  await waitFor('the repair', async () => {
    for (const replica of tls.replicas.slice(0, 3)) readiness.push(await isReady(`${replica.healthUrl}/readyz`));
    return isEverywhere(tls);
  });
  expect(readiness.every((ready) => ready)).toBe(true);
  await waitFor('pods again', async () => (await createPod(tls, 'repaired', { container: privileged })).status === 403);
});

describe('while pods are created', () => {
  test.for([
    ['deleted', () => tls.cluster.api.expect('DELETE', tlsPaths.secret)],
    ['filled with garbage', () => replaceSecret({ 'ca.crt': 'Z2FyYmFnZQ==', 'ca.key': 'Z2FyYmFnZQ==' })],
    ['emptied', () => replaceSecret({})],
  ] as const)('the Secret may be %s: the replicas put back the CA that they have', async ([what, damage]) => {
    const before = await tls.secret();
    const pods = creatingPods(tls, `secret-${what.split(' ')[0]}`);
    await damage();
    await waitFor('the Secret to be put back', async () => (await tls.secret())['ca.key'] === before['ca.key']);
    await delay(2_000);
    const { created, wrong } = await pods.end();
    expect(wrong).toEqual([]);
    expect(created).toBeGreaterThan(10);
    expect(await tls.secret()).toEqual(before);
  });

  test('a CA is replaced by hand without an error, and its predecessor stays trusted', async () => {
    const before = (await tls.secret())['ca.crt'] ?? '';
    const pods = creatingPods(tls, 'by-hand');
    const annotations = { 'pratique.dev/rotate': 'true' };
    await tls.cluster.api.expect(
      'PATCH',
      tlsPaths.secret,
      { metadata: { annotations } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    await waitFor('the new CA to sign', async () => {
      const [signing, old, ...more] = certificatesIn((await tls.secret())['ca.crt'] ?? '');
      return signing !== undefined && !before.includes(signing) && more.length === 0 && before.includes(old ?? '-');
    });
    const [signing = ''] = certificatesIn((await tls.secret())['ca.crt'] ?? '');
    const { publicKey } = new X509Certificate(signing);
    await waitFor('every replica to serve what it signed', async () => {
      const leaves = await Promise.all(tls.replicas.slice(0, 3).map(leafOf));
      return leaves.every((leaf) => leaf.verify(publicKey));
    });
    const { created, wrong } = await pods.end();
    expect(wrong).toEqual([]);
    expect(created).toBeGreaterThan(50);
  });
});

async function replaceSecret(data: Readonly<Record<string, string>>): Promise<void> {
  const secret = await tls.cluster.api.expect('GET', tlsPaths.secret);
  await tls.cluster.api.expect('PUT', tlsPaths.secret, { ...secret, data });
}
