import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { AuditEvent } from '../harness/audit.ts';
import type { Cluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { untilJudged } from './net-policies.ts';
import { pod, privileged, socketVolume } from './pods.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const configuration = {
  mountFuse: { namespaces: ['gitlab'] },
  namespaces: [{ match: ['recorded'], mode: 'audit' }],
  breakGlass: { groups: ['platform-admins'] },
  exemptions: [
    {
      name: 'fuse-device-plugin',
      namespaces: ['fuse-device-plugin'],
      serviceAccounts: ['generic-device-plugin'],
      allow: { privileged: true, 'host-path-protected': { paths: ['/dev', '/var/lib/kubelet/device-plugins'] } },
      owner: 'platform-team',
      reason: 'publishes /dev/fuse as squat.ai/fuse',
      expires: '2099-06-30',
    },
  ],
};

const old = pod('old', {
  metadata: { finalizers: ['example.com/hold'] },
  container: privileged,
  spec: { volumes: [socketVolume] },
});
const agent = (account: string, path = '/dev') =>
  pod(`agent-${account}`, {
    namespace: 'fuse-device-plugin',
    container: { ...privileged, volumeMounts: [{ name: 'devices', mountPath: '/dev' }] },
    spec: { serviceAccountName: account, volumes: [{ name: 'devices', hostPath: { path } }] },
  });

let guard: GuardedCluster;
beforeAll(async () => {
  const before = async ({ api }: Cluster) => {
    await api.expect('POST', '/api/v1/namespaces/gitlab/pods', old);
  };
  guard = await startGuardedCluster({ before, configuration, namespaces: ['fuse-device-plugin', 'recorded'] });
  const { cluster } = guard;
  const file = join(cluster.folder, 'net.yaml');
  await writeFile(
    file,
    stringify({ apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration', ...configuration }),
  );
  const generated = await runProcess(process.execPath, [
    program,
    'generate',
    'vap',
    '--config',
    file,
    '--action',
    'Deny',
  ]);
  expect(generated).toMatchObject({ code: 0, stderr: '' });
  const applied = await cluster.kubectl(['apply', '-f', '-'], { input: generated.stdout });
  expect(applied).toMatchObject({ code: 0 });
  await guard.webhook.stop('SIGKILL');
  const violating = pod('probe', { spec: { hostPID: true } });
  await guard.reinstall(
    { failurePolicy: 'Ignore' },
    async () => (await guard.create(pod('fine'), { dryRun: true })).status === 201,
  );
  await untilJudged('the net', () => guard.create(violating, { dryRun: true }));
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

describe('with the net on Deny, failurePolicy Ignore, and no process of the webhook', () => {
  test('an exempt agent is created', async () => {
    expect(await guard.create(agent('generic-device-plugin'))).toMatchObject({ status: 201 });
  });

  test.for([
    ['another account', agent('default')],
    ['another path', agent('generic-device-plugin', '/')],
  ] as const)('its exemption is no wider than in the webhook: %s', async ([, object]) => {
    const { status, body } = await guard.create(object, { dryRun: true });
    expect({ status, message: body.message }).toEqual({
      status: 403,
      message: expect.stringContaining('denied request: ['),
    });
  });

  test('an old pod loses its finalizer', async () => {
    const { status } = await guard.patch(old, { metadata: { finalizers: null } });
    expect(status).toBe(200);
    expect((await guard.read(old)).metadata['finalizers']).toBeUndefined();
  });

  test('an old pod is denied what an update adds, and only that', async () => {
    const shell = (container: object) => ({
      spec: { ephemeralContainers: [{ name: 'shell', image: 'registry.example.com/shell:1', ...container }] },
    });
    const { status, body } = await guard.patch(old, shell(privileged), {
      subresource: 'ephemeralcontainers',
      dryRun: true,
    });
    expect(status).toBe(403);
    expect(body.message).toContain(
      'container "shell" is privileged (spec.ephemeralContainers[0].securityContext.privileged)',
    );
    expect(body.message).not.toContain('container "build" is privileged');
  });

  test('a docker-in-docker pod is denied, in words that say what to do instead', async () => {
    const object = pod('dind', {
      spec: { initContainers: [{ name: 'engine', image: 'docker:29', restartPolicy: 'Always', ...privileged }] },
    });
    const { status, body } = await guard.create(object);
    expect(status).toBe(403);
    expect(body.message).toContain(
      `[privileged] container "engine" is privileged (spec.initContainers[0].securityContext.privileged). Remove privileged: true, and build`,
    );
    expect(body.message).toContain('[dind-image] container "engine" uses the docker-in-docker image docker:29');
    const isDenied = ({ objectRef, responseStatus }: AuditEvent) =>
      objectRef?.name === 'dind' && responseStatus?.code === 403;
    const { annotations } = await guard.cluster.auditEvent('the denial', isDenied);
    expect(annotations?.['validation.policy.admission.k8s.io/validation_failure']).toContain('[privileged] container');
  });

  test('a GitLab pod is told in the words of GitLab', async () => {
    const labels = { 'job.runner.gitlab.com/pod': 'true' };
    const { body } = await guard.create(pod('job', { labels, container: privileged }), { dryRun: true });
    expect(body.message).toContain('`privileged = false`');
  });

  test('a pod that asks for the device, which nobody can grant, is denied with the reason', async () => {
    const { status, body } = await guard.create(pod('asking', { labels: { 'mount-fuse': 'true' } }), { dryRun: true });
    expect(status).toBe(403);
    expect(body.message).toContain('nothing granted the device');
  });

  test('a plain pod is created, and a namespace that is only recorded is left alone', async () => {
    expect(await guard.create(pod('plain'))).toMatchObject({ status: 201 });
    expect(await guard.create(pod('recorded', { namespace: 'recorded', container: privileged }))).toMatchObject({
      status: 201,
    });
  });

  test('kube-system comes up', async () => {
    expect(await guard.create(pod('kube-proxy', { namespace: 'kube-system', container: privileged }))).toMatchObject({
      status: 201,
    });
  });

  test('break-glass covers a bare pod, and no pod of a controller', async () => {
    const admin = { user: 'admin', groups: ['system:masters', 'platform-admins'], dryRun: true };
    expect(await guard.create(pod('rescue', { container: privileged }), admin)).toMatchObject({ status: 201 });
    const ownerReferences = [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'x', uid: 'd9607e19-f88f-11e6-a518-42010a800195' },
    ];
    const owned = pod('owned', { container: privileged, metadata: { ownerReferences } });
    expect(await guard.create(owned, admin)).toMatchObject({ status: 403 });
  });

  test('the pod that mirrors a static one is not hidden', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    const mirror = pod('mirror', { annotations, container: privileged, spec: { nodeName: 'node-1' } });
    const kubelet = { user: 'system:node:node-1', groups: ['system:nodes', 'system:masters'], dryRun: true };
    expect(await guard.create(mirror, kubelet)).toMatchObject({ status: 201 });
    expect(await guard.create(mirror, { dryRun: true })).toMatchObject({ status: 403 });
  });

  test('a pod is deleted whatever it has', async () => {
    const path = '/api/v1/namespaces/gitlab/pods/old';
    expect(await guard.cluster.api.request('DELETE', path)).toMatchObject({ status: 200 });
  });
});
