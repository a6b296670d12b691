import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import type { Cluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/waiting.ts';
import { type GuardedCluster, pathOf, startGuardedCluster } from './guarded-cluster.ts';
import { type PodObject, pod, privileged, socketVolume } from './pods.ts';

const jobTracking = 'batch.kubernetes.io/job-tracking';
const jobController = { user: 'system:serviceaccount:kube-system:job-controller', groups: ['system:serviceaccounts'] };

const violating = pod('old', { container: privileged, spec: { volumes: [socketVolume] } });

let guard: GuardedCluster;
beforeAll(async () => {
  const before = async ({ api }: Cluster) => {
    await api.expect('POST', '/api/v1/namespaces/gitlab/pods', violating);
  };
  guard = await startGuardedCluster({ before });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

describe('failurePolicy Fail, as deployed', () => {
  let finished: PodObject;
  beforeAll(async () => {
    finished = await createJobPod('build-image');
    await guard.webhook.stop('SIGKILL');
  });
  afterAll(() => guard.restart());

  test('refuses a new pod, in words that name the webhook', async () => {
    const { status, body } = await guard.create(pod('new'));
    expect(status).toBe(500);
    expect(body.message).toMatch(/failed calling webhook "validate.pratique.dev": .*connection refused/);
  });

  test("lets a Job's pod finish: its status is written, its finalizer goes, and it is deleted", async () => {
    const status = { status: { phase: 'Succeeded' } };
    expect((await guard.patch(finished, status, { subresource: 'status' })).status).toBe(200);
    // the patch that the Job controller sends
    const patch = { metadata: { uid: finished.metadata['uid'], '$deleteFromPrimitiveList/finalizers': [jobTracking] } };
    const options = { contentType: 'application/strategic-merge-patch+json', ...jobController };
    const { status: code, body } = await guard.patch(finished, patch, options);
    expect({ code, message: body.message }).toEqual({ code: 200, message: undefined });
    expect((await guard.read(finished)).metadata['finalizers']).toBeUndefined();
    const gone = await guard.cluster.api.request('DELETE', pathOf(finished), undefined, {
      query: { gracePeriodSeconds: '0' },
    });
    expect(gone.status).toBe(200);
  });

  test.for([
    ['a label', { metadata: { labels: { team: 'a' } } }],
    ['a finalizer', { metadata: { finalizers: ['example.com/hold'] } }],
    ['an annotation that nobody reads', { metadata: { annotations: { 'tekton.dev/ready': 'READY' } } }],
    ['a deletion timestamp', { metadata: { finalizers: null } }],
  ] as const)('lets a pod change by %s', async ([, patch]) => {
    expect(await guard.patch(violating, patch)).toMatchObject({ status: 200 });
  });

  test.for([
    ['an image', { spec: { containers: [{ name: 'build', image: 'registry.example.com/other:2' }] } }],
    ['an annotation that a check reads', { metadata: { annotations: { 'devices.crio.io': '/dev/fuse' } } }],
    ['the fuse annotation', { metadata: { annotations: { 'pratique.dev/fuse-containers': 'build' } } }],
    ['the fuse label', { metadata: { labels: { 'mount-fuse': 'true' } } }],
    ['the fuse label with another value', { metadata: { labels: { 'mount-fuse': '' } } }],
  ] as const)('refuses to change %s', async ([, patch]) => {
    const { status, body } = await guard.patch(violating, patch, {
      contentType: 'application/strategic-merge-patch+json',
    });
    expect(status).toBe(500);
    expect(body.message).toContain('failed calling webhook "validate.pratique.dev"');
  });

  test('refuses a debug container', async () => {
    const ephemeralContainers = [{ name: 'shell', image: 'registry.example.com/shell:1' }];
    const { status, body } = await guard.patch(
      violating,
      { spec: { ephemeralContainers } },
      { subresource: 'ephemeralcontainers' },
    );
    expect(status).toBe(500);
    expect(body.message).toContain('failed calling webhook "validate.pratique.dev"');
  });

  test('does not hold up the bootstrap namespaces', async () => {
    const proxy = pod('kube-proxy', { namespace: 'kube-system', container: privileged });
    expect((await guard.create(proxy)).status).toBe(201);
    expect((await guard.create(pod('pratique-0', { namespace: 'pratique' }))).status).toBe(201);
    expect(await failedOpen(proxy)).toEqual(['observe.pratique.dev']);
  });
});

describe('failurePolicy Ignore', () => {
  const unjudged = pod('unjudged', { container: privileged });

  // Only an unreachable webhook shows the policy: the pod is refused until the API server has seen the change.
  beforeAll(async () => {
    await isDenying();
    await guard.webhook.stop('SIGKILL');
    await guard.reinstall({ failurePolicy: 'Ignore' }, async () => (await guard.create(unjudged)).status === 201);
    await guard.restart();
    await isDenying();
  });

  test('admits what nobody could judge, and the audit log of the API server tells', async () => {
    expect(await failedOpen(unjudged)).toEqual(['validate.pratique.dev']);
  });

  test('denies a privileged pod behind 1.25 MB of <, which the API server escapes sixfold', async () => {
    const padding = '<'.repeat(1_250_000);
    const padded = pod('padded', { container: { ...privileged, env: [{ name: 'PADDING', value: padding }] } });
    const bytes = Buffer.from(JSON.stringify(padded));
    expect(bytes.length).toBeLessThan(1_251_000);
    const path = '/api/v1/namespaces/gitlab/pods';
    const { status, body } = await guard.cluster.api.request<ApiObject>('POST', path, bytes);
    expect(status).toBe(403);
    expect(body.message).toContain('denied the request: [privileged] ');
    const record = await guard.recordOf(padded);
    expect(record.bytes).toBeGreaterThan(7_500_000);
    expect(JSON.stringify(record)).not.toContain('<<');
  });

  test('denies an annotation of the runtime on a pod with so many that CEL alone could not look through them', async () => {
    const annotations = Object.fromEntries(Array.from({ length: 8_000 }, (_, index) => [index.toString(36), '']));
    const crowded = pod('crowded', { annotations });
    expect((await guard.create(crowded)).status).toBe(201);
    const change = { metadata: { annotations: { 'devices.crio.io': '/dev/fuse' } } };
    const { status, body } = await guard.patch(crowded, change);
    expect(status).toBe(403);
    expect(body.message).toContain('[runtime-annotations]');
  });
});

async function isDenying(): Promise<void> {
  const violation = pod('probe', { spec: { hostPID: true } });
  await waitFor('the webhook to be called again', async () => {
    return (await guard.create(violation, { dryRun: true })).status === 403;
  });
}

async function createJobPod(name: string): Promise<PodObject> {
  const { api } = guard.cluster;
  const template = {
    metadata: { labels: { app: name } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'build', image: 'registry.example.com/ci/build:1' }] },
  };
  const job = await api.expect('POST', '/apis/batch/v1/namespaces/gitlab/jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template },
  });
  const ownerReferences = [
    { apiVersion: 'batch/v1', kind: 'Job', name, uid: job.metadata?.uid, controller: true, blockOwnerDeletion: true },
  ];
  const made = pod(`${name}-x7v2k`, { metadata: { finalizers: [jobTracking], ownerReferences }, spec: template.spec });
  const { status, body } = await guard.create(made, jobController);
  expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
  return body;
}

/** The webhooks that the API server could not reach, and went on without, when it created a pod. */
async function failedOpen({ metadata }: PodObject): Promise<readonly string[]> {
  const { annotations } = await guard.cluster.auditEvent(
    `the creation of ${metadata.name}`,
    ({ objectRef, responseStatus }) => objectRef?.name === metadata.name && responseStatus?.code === 201,
  );
  const prefix = 'failed-open.validating.webhook.admission.k8s.io/';
  return Object.entries(annotations ?? {}).flatMap(([key, name]) => (key.startsWith(prefix) ? [name] : []));
}
