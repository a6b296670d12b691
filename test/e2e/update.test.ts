import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../harness/cluster.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { type PodObject, plainImage, pod, privileged, socketVolume } from './pods.ts';

const finalizers = ['example.com/hold'];

/** A fresh pod with a socket volume and a privileged container, for each test its own; created before the webhook. */
const names = ['finalizer', 'toleration', 'asks-late', 'swap', 'debug', 'kubectl', 'crio', 'clean'] as const;
const old = (name: (typeof names)[number]): PodObject =>
  pod(name, { metadata: { finalizers }, container: privileged, spec: { volumes: [socketVolume] } });

/** One that violates in its container only, and one whose container only shares the pod with a host namespace. */
const onlyPrivileged = pod('only-privileged', { container: privileged });
const hostPid = pod('host-pid', { spec: { hostPID: true } });

const crowded = pod('crowded', {
  annotations: Object.fromEntries(Array.from({ length: 8_000 }, (_, index) => [index.toString(36), ''])),
  metadata: { finalizers },
  container: privileged,
});

let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({ before: createOldPods });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

async function createOldPods({ api }: Cluster): Promise<void> {
  for (const object of [...names.map(old), onlyPrivileged, hostPid, crowded]) {
    await api.expect('POST', '/api/v1/namespaces/gitlab/pods', object);
  }
}

const debug = (container: object) => ({
  spec: { ephemeralContainers: [{ name: 'shell', image: plainImage, ...container }] },
});
const asDebug = { subresource: 'ephemeralcontainers' };

describe('a violating pod that is older than the policy', () => {
  test('gains a label and an annotation, and loses its finalizer', async () => {
    const patches = [
      { metadata: { labels: { team: 'a' } } },
      { metadata: { annotations: { 'tekton.dev/ready': 'READY' } } },
      { metadata: { finalizers: null } },
    ];
    for (const patch of patches) expect(await guard.patch(old('finalizer'), patch)).toMatchObject({ status: 200 });
    const { metadata } = await guard.read(old('finalizer'));
    expect(metadata).toMatchObject({ labels: { team: 'a' }, annotations: { 'tekton.dev/ready': 'READY' } });
    expect(metadata['finalizers']).toBeUndefined();
    // the matchCondition: nobody was asked
    expect(guard.webhook.records().filter(({ name }) => name === 'finalizer')).toEqual([]);
  });

  test('gains a toleration: the webhook is asked, and finds nothing new', async () => {
    const tolerations = [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }];
    const { body } = await guard.patch(old('toleration'), { spec: { tolerations } });
    expect(body.spec['tolerations']).toEqual(expect.arrayContaining(tolerations));
    const record = await guard.recordOf(old('toleration'), { operation: 'UPDATE' });
    expect(record).toMatchObject({ operation: 'UPDATE', decision: 'allow', warnings: [] });
    expect(record.judgements.every(({ because }) => because === 'inherited')).toBe(true);
    expect(record.judgements.map(({ check }) => check)).toContain('engine-socket-mount');
  });

  test('may not ask for the device afterwards', async () => {
    const { status, body } = await guard.patch(old('asks-late'), { metadata: { labels: { 'mount-fuse': 'true' } } });
    expect(status).toBe(403);
    expect(body.message).toContain('[fuse-contract]');
    expect(body.message).toContain('the label was added later');
  });

  test('may not swap an image, and all it has counts again then', async () => {
    const containers = [{ name: 'build', image: 'registry.example.com/other:2' }];
    const { status, body } = await guard.patch(
      old('swap'),
      { spec: { containers } },
      {
        contentType: 'application/strategic-merge-patch+json',
      },
    );
    expect(status).toBe(403);
    const causes = body.details?.causes ?? [];
    expect(causes.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['spec.volumes[0].hostPath.path', 'spec.containers[0].securityContext.privileged']),
    );
  });

  test('gets no debug container, neither one that mounts its socket nor another', async () => {
    for (const container of [{ volumeMounts: [{ name: 'engine', mountPath: '/engine' }] }, {}]) {
      const { status, body } = await guard.patch(old('debug'), debug(container), asDebug);
      expect(status).toBe(403);
      expect(body.message).toContain('[engine-socket-mount]');
      expect((body.details?.causes ?? []).map(({ field }) => field)).not.toContain(
        'spec.containers[0].securityContext.privileged',
      );
    }
  });

  test('gets none from kubectl either', async () => {
    const custom = join(guard.cluster.folder, 'custom.json');
    await writeFile(custom, JSON.stringify({ volumeMounts: [{ name: 'engine', mountPath: '/engine' }] }));
    const { code, stderr } = await guard.cluster.kubectl([
      ...['debug', 'kubectl', '-n', 'gitlab', `--image=${plainImage}`, '--profile=baseline', `--custom=${custom}`],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('[engine-socket-mount]');
  });

  test('gains no annotation that the runtime reads', async () => {
    const { status, body } = await guard.patch(old('crio'), {
      metadata: { annotations: { 'devices.crio.io': '/dev/kmsg' } },
    });
    expect(status).toBe(403);
    expect(body.message).toContain('[runtime-annotations]');
    expect(body.message).not.toContain('/dev/kmsg');
  });

  test('loses its finalizer and gains no such annotation, however many it has', async () => {
    // So many keys, each looked for among those that are read, exceed the cost limit of a CEL expression.
    expect((await guard.patch(crowded, { metadata: { finalizers: null } })).status).toBe(200);
    expect(guard.webhook.records().filter(({ name }) => name === crowded.metadata.name)).toEqual([]);
    const { status, body } = await guard.patch(crowded, {
      metadata: { annotations: { 'devices.crio.io': '/dev/fuse' } },
    });
    expect(status).toBe(403);
    expect(body.message).toContain('[runtime-annotations]');
    expect((await guard.patch(crowded, { metadata: { annotations: { 'tekton.dev/ready': '' } } })).status).toBe(200);
  });

  test('keeps the findings of its unchanged containers to itself', async () => {
    expect((await guard.patch(onlyPrivileged, debug({}), asDebug)).status).toBe(200);
    expect((await guard.patch(hostPid, debug({}), asDebug)).status).toBe(403);
  });

  test('is deleted like any other', async () => {
    const { status } = await guard.cluster.api.request('DELETE', '/api/v1/namespaces/gitlab/pods/clean', undefined, {
      query: { gracePeriodSeconds: '0' },
    });
    expect(status).toBe(200);
    expect((await guard.patch(old('clean'), { metadata: { finalizers: null } })).status).toBe(200);
    expect((await guard.cluster.api.request('GET', '/api/v1/namespaces/gitlab/pods/clean')).status).toBe(404);
  });
});

test('a pod that asked may not gain a device elsewhere, nor drop its label', async () => {
  const asked = pod('asked', { labels: { 'mount-fuse': 'true' } });
  expect((await guard.create(asked)).status).toBe(201);
  const unlabelled = await guard.patch(asked, { metadata: { labels: { 'mount-fuse': null } } });
  expect(unlabelled.status).toBe(403);
  expect(unlabelled.body.message).toContain('[fuse-contract]');
  const annotation = { 'pratique.dev/fuse-containers': 'nobody' };
  expect((await guard.patch(asked, { metadata: { annotations: annotation } })).status).toBe(403);
  expect((await guard.patch(asked, { metadata: { labels: { team: 'a' } } })).status).toBe(200);
});
