import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../harness/waiting.ts';
import { deniedBy, type GuardedCluster, pathOf, startGuardedCluster } from './guarded-cluster.ts';
import { type PodObject, plainImage, pod, privileged, socketVolume } from './pods.ts';

const yesterday = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);

const agentAllowances = {
  privileged: true,
  'host-path-protected': { paths: ['/dev', '/var/lib/kubelet/device-plugins'] },
};

const configuration = {
  profiles: { ci: { extends: 'dind', denialStatus: 422 } },
  namespaces: [
    { match: ['ci'], profile: 'ci' },
    { match: ['trial'], mode: 'warn' },
    { match: ['watched'], mode: 'audit' },
  ],
  exemptions: [
    {
      name: 'fuse-device-plugin',
      namespaces: ['agents'],
      serviceAccounts: ['generic-device-plugin'],
      allow: agentAllowances,
      owner: 'platform-team',
      reason: 'publishes /dev/fuse as squat.ai/fuse',
      expires: 'never',
      acceptNoExpiry: true,
    },
    {
      name: 'old-agents',
      namespaces: ['old-agents'],
      allow: agentAllowances,
      owner: 'platform-team',
      reason: 'was needed until yesterday',
      expires: yesterday,
    },
  ],
  breakGlass: { groups: ['oncall'] },
};

let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({
    configuration,
    namespaces: ['ci', 'trial', 'watched', 'agents', 'old-agents'],
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

describe('docker in docker', () => {
  const dind = { name: 'docker', image: 'docker:29-dind', ...privileged };

  test.for([
    ['container', { containers: [{ name: 'build', image: plainImage }, dind] }, 'spec.containers[1]'],
    ['init container', { initContainers: [dind] }, 'spec.initContainers[0]'],
    ['native sidecar', { initContainers: [{ ...dind, restartPolicy: 'Always' }] }, 'spec.initContainers[0]'],
  ] as const)('is denied as %s', async ([what, spec, at]) => {
    const { status, body } = await guard.create(pod(`dind-${what.replaceAll(' ', '-')}`, { spec }));
    expect({ status, reason: body.reason }).toEqual({ status: 403, reason: 'Forbidden' });
    expect(body.message).toMatch(/^admission webhook "validate.pratique.dev" denied the request: \[/);
    const causes = (body.details?.causes ?? []) as readonly { reason?: string; field?: string }[];
    expect(causes.map(({ reason, field }) => `${reason} ${field}`)).toEqual(
      expect.arrayContaining([`dind-image ${at}.image`, `privileged ${at}.securityContext.privileged`]),
    );
  });

  test('is denied as ephemeral container', async () => {
    const target = pod('debugged');
    await guard.create(target);
    const ephemeralContainers = [dind];
    const { status, body } = await guard.patch(
      target,
      { spec: { ephemeralContainers } },
      { subresource: 'ephemeralcontainers' },
    );
    expect(status).toBe(403);
    expect(body.message).toContain('spec.ephemeralContainers[0].securityContext.privileged');
    const record = await guard.recordOf(target, { subresource: 'ephemeralcontainers' });
    expect(record).toMatchObject({ operation: 'UPDATE', decision: 'deny' });
  });

  test.for([
    ['docker', undefined],
    ['docker:29-dind', undefined],
    ['docker:29-dind-rootless', undefined],
    ['public.ecr.aws/docker/library/docker:29', undefined],
    [`docker@sha256:${'0'.repeat(64)}`, ['--storage-driver=vfs']],
    ['registry.example.com:5000/mirror/docker:27.1-dind', undefined],
    ['ghcr.io/x/actions-runner-dind:latest', undefined],
  ] as const)('is denied by its image alone: %s', async ([image, args]) => {
    const { status, body } = await guard.create(pod('image', { container: { image, ...(args ? { args } : {}) } }));
    expect(status).toBe(403);
    expect(body.message).toContain('[dind-image]');
  });

  test.for(['docker:29-cli', 'docker.io/library/nginx', 'registry:2', 'ghcr.io/a/blinding:1'])(
    'is not seen in %s',
    async (image) => {
      expect(await guard.create(pod('image', { container: { image } }), { dryRun: true })).toMatchObject({
        status: 201,
      });
    },
  );
});

describe('kubectl debug', () => {
  test('as sysadmin is denied, and kubectl tells why', async () => {
    const target = pod('by-kubectl-debug');
    await guard.create(target);
    const args = ['debug', target.metadata.name, '-n', 'gitlab', '--image=registry.example.com/shell:1'];
    const plain = await guard.cluster.kubectl([...args, '--profile=baseline', '--container=plain']);
    expect(plain).toMatchObject({ code: 0 });
    const sysadmin = await guard.cluster.kubectl([...args, '--profile=sysadmin', '--container=root']);
    expect(sysadmin).toMatchObject({ code: 1 });
    expect(sysadmin.stderr).toContain(`${deniedBy}[privileged] `);
    expect(sysadmin.stderr).toContain('spec.ephemeralContainers[1].securityContext.privileged');
  });

  test('with a custom profile is denied too', async () => {
    const target = pod('by-custom-debug');
    await guard.create(target);
    const custom = join(guard.cluster.folder, 'custom.json');
    await writeFile(custom, JSON.stringify({ securityContext: { capabilities: { add: ['sys_admin'] } } }));
    const { code, stderr } = await guard.cluster.kubectl([
      ...['debug', target.metadata.name, '-n', 'gitlab', '--image=registry.example.com/shell:1'],
      ...['--profile=baseline', `--custom=${custom}`],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${deniedBy}[dangerous-capabilities] `);
  });

  test('of a node is a pod of the node, and denied as one', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } };
    await guard.cluster.api.expect('POST', '/api/v1/nodes', node);
    const args = ['debug', 'node/node-1', '-n', 'gitlab', '--image=registry.example.com/shell:1'];
    const { code, stderr } = await guard.cluster.kubectl([...args, '--profile=general']);
    expect(code).toBe(1);
    expect(stderr).toContain('spec.hostPID');
    expect(stderr).toContain('spec.volumes[0].hostPath.path');
  });
});

describe("the engine's socket", () => {
  test.for([
    '/var/run/docker.sock',
    '/run/docker.sock',
    '//var//run/docker.sock/',
    '/var/./run/docker.sock',
    'var/run/docker.sock',
    'run/docker.sock',
    'docker.sock',
    '/',
    '//',
    '/var',
    '/run/',
    '/var/run',
    '/proc/1/root/run',
    '/proc/self/root',
    '/run/containerd/s',
    '/run/containerd/containerd.sock',
    '/run/crio/crio.sock',
    '/run/user/1000',
    '/data/docker.sock',
    '\\\\.\\pipe\\docker_engine',
    '//./pipe/docker_engine',
    'C:\\',
  ])('is denied as %s', async (path) => {
    const volumes = [{ name: 'engine', hostPath: { path } }];
    const { status, body } = await guard.create(pod('socket', { spec: { volumes } }));
    expect(status).toBe(403);
    expect(body.message).toMatch(/denied the request: \[(engine-socket-mount|host-path-protected)\]/);
    const fields = (body.details?.causes ?? []).map(({ field }) => field);
    expect(fields).toContain('spec.volumes[0].hostPath.path');
  });

  test('is denied by the API server itself when the path climbs', async () => {
    const volumes = [{ name: 'engine', hostPath: { path: '/tmp/../var/run/docker.sock' } }];
    const { status } = await guard.create(pod('climbing', { spec: { volumes } }));
    expect([403, 422]).toContain(status);
  });
});

describe('modes', () => {
  test('warn admits, and its warnings arrive at the client', async () => {
    const tried = pod('warned', { namespace: 'trial', container: privileged });
    const { status, warnings } = await guard.create(tried);
    expect(status).toBe(201);
    expect(warnings).toEqual([expect.stringMatching(/^would be denied: \[privileged\] .{1,100}$/)]);
    expect(await guard.recordOf(tried)).toMatchObject({ decision: 'would-deny', mode: 'warn', warnings });
  });

  test('audit admits in silence, and records', async () => {
    const tried = pod('watched', { namespace: 'watched', container: privileged });
    expect(await guard.create(tried)).toMatchObject({ status: 201, warnings: [] });
    expect(await guard.recordOf(tried)).toMatchObject({ decision: 'would-deny', mode: 'audit' });
  });

  test('kube-system is only observed', async () => {
    const tried = pod('kube-proxy', { namespace: 'kube-system', container: privileged, spec: { hostNetwork: true } });
    expect(await guard.create(tried)).toMatchObject({ status: 201, warnings: [] });
    const record = await guard.recordOf(tried, { webhook: 'observe' });
    expect(record).toMatchObject({ decision: 'would-deny', mode: 'audit' });
    expect(record.judgements.map(({ check }) => check)).toEqual(expect.arrayContaining(['host-network', 'privileged']));
    expect(guard.webhook.records().filter(({ name }) => name === 'kube-proxy')).toEqual([record]);
  });

  test('a profile that denies with 422 has its message printed by kubectl', async () => {
    const denied = pod('denied-422', { namespace: 'ci', container: privileged });
    const { status, body } = await guard.create(denied);
    expect({ status, reason: body.reason, details: body.details }).toEqual({
      status: 422,
      reason: 'Invalid',
      details: undefined,
    });
    const { code, stderr } = await guard.cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(denied) });
    expect(code).toBe(1);
    expect(stderr).toContain(`${deniedBy}[privileged] `);
    expect(stderr).toContain('spec.containers[0].securityContext.privileged');
  });
});

describe('who is let through', () => {
  const agent = (namespace: string, spec = {}) =>
    pod('generic-device-plugin', {
      namespace,
      container: { ...privileged, volumeMounts: [{ name: 'dev', mountPath: '/dev' }] },
      spec: {
        serviceAccountName: 'generic-device-plugin',
        volumes: [
          { name: 'dev', hostPath: { path: '/dev' } },
          { name: 'plugins', hostPath: { path: '/var/lib/kubelet/device-plugins' } },
        ],
        ...spec,
      },
    });

  test('a node agent in its exempt namespace, under its account', async () => {
    expect(await guard.create(agent('agents'))).toMatchObject({ status: 201, warnings: [] });
    expect(await guard.recordOf(agent('agents'))).toMatchObject({
      decision: 'exempt',
      exemption: 'fuse-device-plugin',
    });
    const { status } = await guard.create(agent('agents', { serviceAccountName: 'default' }), { dryRun: true });
    expect(status).toBe(403);
    expect((await guard.create(agent('gitlab'))).status).toBe(403);
  });

  test('nobody by an exemption that expired yesterday: the configuration holds, the exemption does not', async () => {
    expect((await guard.create(agent('old-agents'))).status).toBe(403);
    expect(guard.webhook.operationalLines().filter((line) => line.includes('old-agents'))).not.toEqual([]);
  });

  const oncall = { user: 'jane', groups: ['system:masters', 'oncall'] };

  test('the break-glass group, with a warning that says so', async () => {
    const { status, warnings } = await guard.create(pod('by-oncall', { container: privileged }), oncall);
    expect(status).toBe(201);
    expect(warnings).toEqual([expect.stringContaining('privileged')]);
    expect(await guard.recordOf(pod('by-oncall'))).toMatchObject({
      decision: 'exempt',
      user: { name: 'jane', groups: expect.arrayContaining(['oncall']) },
      judgements: [{ check: 'privileged', because: 'break-glass', ref: 'oncall' }],
    });
  });

  test('the break-glass group with a debug container, but not with a pod that has an owner', async () => {
    const target = pod('debugged-by-oncall');
    await guard.create(target);
    const ephemeralContainers = [{ name: 'shell', image: plainImage, ...privileged }];
    const options = { subresource: 'ephemeralcontainers' };
    const patch = { spec: { ephemeralContainers } };
    expect((await guard.patch(target, patch, options)).status).toBe(403);
    expect((await guard.patch(target, patch, { ...options, ...oncall })).status).toBe(200);
    const { metadata } = await guard.read(target);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: target.metadata.name, uid: metadata['uid'] }];
    const owned = pod('owned', { metadata: { ownerReferences }, container: privileged });
    expect((await guard.create(owned, oncall)).status).toBe(403);
  });

  test("a kubelet's mirror pod: denying would only hide it", async () => {
    const annotations = { 'kubernetes.io/config.mirror': '0123456789abcdef' };
    const mirror = pod('kube-proxy-node-1', { annotations, container: privileged, spec: { nodeName: 'node-1' } });
    const kubelet = { user: 'system:node:node-1', groups: ['system:masters', 'system:nodes'] };
    expect(await guard.create(mirror, kubelet)).toMatchObject({ status: 201, warnings: [] });
    expect(await guard.recordOf(mirror)).toMatchObject({
      decision: 'would-deny',
      judgements: [{ check: 'privileged', outcome: 'audit', because: 'mirror' }],
    });
    const forged = { ...mirror, metadata: { ...mirror.metadata, name: 'forged' } };
    expect((await guard.create(forged)).status).toBe(403);
  });
});

describe('the configuration', () => {
  test('changes the verdict without a restart', async () => {
    const tried = pod('reloaded', { namespace: 'watched', container: privileged });
    const old = pod('before-reload', { namespace: 'watched', spec: { volumes: [socketVolume] } });
    for (const object of [tried, old]) expect((await guard.create(object)).status).toBe(201);
    const before = (await guard.recordOf(tried)).configHash;
    await guard.configure({ ...configuration, namespaces: configuration.namespaces.slice(0, 2) });
    const isDenied = async () => (await guard.create(tried, { dryRun: true })).status === 403;
    await waitFor('the new configuration', isDenied);
    const record = await guard.recordOf(tried, { decision: 'deny' });
    expect(record.configHash).not.toBe(before);
    const event = await guard.cluster.auditEvent(
      'the denial under the new configuration',
      ({ annotations }) => annotations?.['validate.pratique.dev/config'] === record.configHash,
    );
    expect(event.annotations?.['validate.pratique.dev/decision']).toBe('deny');
    // what was admitted under the old one is an old pod now
    expect((await guard.patch(old, { metadata: { labels: { team: 'a' } } })).status).toBe(200);
    expect((await guard.patch(old, { spec: { activeDeadlineSeconds: 3600 } })).status).toBe(200);
    const shell = { name: 'shell', image: plainImage, volumeMounts: [{ name: 'engine', mountPath: '/engine' }] };
    const debug = { spec: { ephemeralContainers: [shell] } };
    expect((await guard.patch(old, debug, { subresource: 'ephemeralcontainers' })).status).toBe(403);
  });

  test('that is broken is not taken, and the old one goes on', async () => {
    await guard.configure({ ...configuration, namespaces: [{ match: ['gitlab'], moed: 'audit' }] });
    const isComplaining = () => guard.webhook.operationalLines().some((line) => line.includes('moed'));
    await waitFor('a complaint', isComplaining);
    expect((await guard.create(pod('still', { container: privileged }))).status).toBe(403);
    await guard.configure(configuration);
    const tried: PodObject = pod('back', { namespace: 'watched', container: privileged });
    const isAdmitted = async () => (await guard.create(tried, { dryRun: true })).status === 201;
    await waitFor('the old configuration', isAdmitted);
    expect((await guard.cluster.api.request('GET', pathOf(tried))).status).toBe(404);
  });
});
