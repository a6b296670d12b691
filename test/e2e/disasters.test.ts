import { X509Certificate } from 'node:crypto';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { certificatesIn } from '../../src/tls/certificate-source.ts';
import type { Cluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/waiting.ts';
import { chart } from './chart.ts';
import { deniedBy } from './guarded-cluster.ts';
import { type InstalledCluster, release, startInstalledCluster } from './installed-cluster.ts';
import { type PodParts, pod, privileged } from './pods.ts';
import { startTlsCluster, type TlsCluster, tlsPaths } from './tls-cluster.ts';
import { createPod, leafOf } from './tls-pods.ts';

// What docs/disasters.md says of losses that are larger than a replica, and that the faults under load do not try.

describe('etcd is restored from a backup that is older than the CA', () => {
  let tls: TlsCluster;
  beforeAll(async () => {
    tls = await startTlsCluster();
  });
  afterAll(() => tls?.stop());

  const signing = async () => certificatesIn((await tls.secret())['ca.crt'] ?? '')[0] ?? '';
  const isSignedBy = async (authority: string) => {
    const { publicKey } = new X509Certificate(authority);
    const leaves = await Promise.all(tls.replicas.map(leafOf));
    return leaves.every((leaf) => leaf.verify(publicKey));
  };

  test('replicas that run mend it, nothing passes meanwhile, and new ones come up', async () => {
    onTestFailed(() => void process.stdout.write(tls.replicas.map((one) => one.output()).join('\n')));
    const times = ['--tls-reconcile=1s', '--tls-overlap=3s'];
    await Promise.all([tls.start(times), tls.start(times)]);
    const old = await signing();
    await withEtcdStopped(tls.cluster, (data, backup) => cp(data, backup, { recursive: true }));

    const metadata = { annotations: { 'pratique.dev/rotate': 'now' } };
    const contentType = 'application/merge-patch+json';
    await tls.cluster.api.expect('PATCH', tlsPaths.secret, { metadata }, { contentType });
    await waitFor('a new CA that signs', async () => (await signing()) !== old && (await isSignedBy(await signing())));

    await withEtcdStopped(tls.cluster, async (data, backup) => {
      await rm(data, { recursive: true });
      await cp(backup, data, { recursive: true });
    });
    // Its caches are of a later time than the store.
    await tls.cluster.restart('kube-apiserver');
    const admitted: unknown[] = [];
    let tries = 0;
    await waitFor('a denial', async () => {
      const { status, message } = await createPod(tls, `restored-${tries++}`, { container: privileged });
      if (status === 201) admitted.push(message);
      return message?.startsWith(deniedBy);
    });
    expect(admitted).toEqual([]);
    expect(await createPod(tls, 'after')).toMatchObject({ status: 201 });
    // Secret and caBundles are of one time: who serves what they do not trust takes the CA that they do.
    expect(await signing()).toBe(old);
    expect(await isSignedBy(old)).toBe(true);
    expect(new Set((await tls.bundles()).map((bundle) => bundle.trim()))).toEqual(new Set([old.trim()]));
    await tls.start(times);
    expect(await isSignedBy(old)).toBe(true);
    expect(await createPod(tls, 'later', { container: privileged })).toMatchObject({ status: 403 });
  });
});

/** Does something with the data of etcd, and a place beside it for a copy, while nobody writes. */
async function withEtcdStopped(cluster: Cluster, work: (data: string, backup: string) => Promise<void>): Promise<void> {
  const data = join(cluster.folder, 'etcd');
  await cluster.restart('etcd', 'SIGTERM', () => work(data, join(cluster.folder, 'etcd-backup')));
}

describe('the namespace of the webhook is deleted', () => {
  let scene: InstalledCluster;
  beforeAll(async () => {
    scene = await startInstalledCluster();
    await scene.install('config.default.mode=enforce,failurePolicy=Fail');
  });
  afterEach(({ task }) => scene?.afterTest(task));
  afterAll(() => scene?.stop());

  const create = (name: string, namespace: string, parts: Omit<PodParts, 'namespace'> = {}) =>
    scene.cluster.api.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod(name, { ...parts, namespace }));

  test('no pod is created but in kube-system, and the same command installs it again', async () => {
    const { api } = scene.cluster;
    await api.expect('DELETE', `/api/v1/namespaces/${release}`);
    const path = `/api/v1/namespaces/${release}`;
    await waitFor('its end', async () => (await api.request('GET', path)).status === 404, { timeoutMs: 120_000 });
    const refused = await create('refused', 'default');
    expect(refused.status).toBe(500);
    expect(refused.body.message).toContain('failed calling webhook "validate.pratique.dev"');
    expect((await create('dns', 'kube-system')).status).toBe(201);

    // The release was in the namespace too: to Helm there is none, and what is left in the cluster bears its name.
    await expect(scene.helm('status', release)).rejects.toThrow('not found');
    await scene.install('config.default.mode=enforce,failurePolicy=Fail');
    const denied = await create('denied', 'default', { container: privileged });
    expect({ status: denied.status, by: denied.body.message?.slice(0, deniedBy.length) }).toEqual({
      status: 403,
      by: deniedBy,
    });
    expect((await create('admitted', 'default')).status).toBe(201);
  });

  test('the emergency command admits everything, and an upgrade takes it back', async () => {
    const runbook = await readFile(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const [, command = ''] = /^## The emergency command$[\s\S]*?^```\nkubectl (.*)$/m.exec(runbook) ?? [];
    expect(await scene.cluster.kubectl(command.split(' '))).toMatchObject({ code: 0 });
    await waitFor('the end of denials', async () => {
      const { status } = await create(`free-${Date.now()}`, 'default', { container: privileged });
      return status === 201;
    });
    await scene.helm('upgrade', release, chart, '--reset-then-reuse-values', '--wait');
    await waitFor('a denial', async () => {
      const { body } = await create(`bound-${Date.now()}`, 'default', { container: privileged });
      return body.message?.startsWith(deniedBy);
    });
  });
});
