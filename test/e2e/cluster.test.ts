import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writesAuditPolicy } from '../harness/audit.ts';
import { createAuthority, issueServingCertificate } from '../harness/certificates.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { isAlive, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { startSmallWebhook } from '../harness/small-webhook.ts';
import { waitFor } from '../harness/waiting.ts';
import { installWebhook } from '../harness/webhook-install.ts';

const pod = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] },
});

describe('a cluster', () => {
  let cluster: Cluster;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder('pratique-webhook-');
    cluster = await startCluster({ auditPolicy: writesAuditPolicy });
    await cluster.createNamespace('ci', { 'pod-security.kubernetes.io/warn': 'restricted' });
  });
  afterAll(async () => {
    await cluster?.stop();
    await folder?.remove();
  });

  test('kubectl creates and reads objects', async () => {
    const created = await cluster.kubectl(['apply', '-n', 'ci', '-f', '-'], {
      input: JSON.stringify(pod('by-kubectl')),
    });
    expect(created).toMatchObject({ code: 0, stdout: 'pod/by-kubectl created\n' });
    expect(created.stderr).toContain('would violate PodSecurity "restricted:latest"');
    const missing = await cluster.kubectl(['get', 'pod', 'missing', '-n', 'ci']);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('NotFound') });
  });

  test('the client gives status, body and warnings', async () => {
    const { status, body, warnings } = await cluster.api.request('POST', '/api/v1/namespaces/ci/pods', pod('by-api'));
    expect({ status, name: body.metadata?.name }).toEqual({ status: 201, name: 'by-api' });
    expect(warnings).toEqual([expect.stringMatching(/^would violate PodSecurity "restricted:latest": /)]);
    const again = await cluster.api.request('POST', '/api/v1/namespaces/ci/pods', pod('by-api'));
    expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
    const patch = { metadata: { labels: { team: 'a' } } };
    const path = '/api/v1/namespaces/ci/pods/by-api';
    const patched = await cluster.api.expect('PATCH', path, patch, { contentType: 'application/merge-patch+json' });
    expect(patched.metadata?.labels).toEqual({ team: 'a' });
  });

  test('dry run stores nothing', async () => {
    const path = '/api/v1/namespaces/ci/pods';
    expect(await cluster.api.request('POST', path, pod('dry'), { dryRun: true })).toMatchObject({ status: 201 });
    expect(await cluster.api.request('GET', `${path}/dry`)).toMatchObject({ status: 404 });
  });

  test('impersonation is subject to RBAC and shows in the audit log', async () => {
    const jane = { user: 'jane', groups: ['developers', 'system:authenticated'] };
    const denied = await cluster.api.request('POST', '/api/v1/namespaces/ci/pods', pod('by-jane'), jane);
    expect(denied).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
    const event = await cluster.auditEvent("jane's attempt", ({ impersonatedUser }) => impersonatedUser !== undefined);
    expect(event).toMatchObject({ verb: 'create', impersonatedUser: { username: 'jane', groups: jane.groups } });
    expect(event.responseStatus?.code).toBe(403);
  });

  test('a webhook is reached through its unchanged clientConfig.service, and its audit annotations are kept', async () => {
    const manifestPath = join(folder.path, 'webhooks.yaml');
    await writeFile(manifestPath, manifest);
    const authority = await createAuthority();
    const serving = await issueServingCertificate(authority, {
      service: 'gate',
      namespace: 'gate-system',
      folder: folder.path,
    });
    const webhook = await startSmallWebhook(serving, ({ object }) => {
      const allowed = object.metadata?.labels?.['gate'] !== 'deny';
      const auditAnnotations = { decision: allowed ? 'allow' : 'deny' };
      const status = { code: 403, reason: 'Forbidden', message: 'the label says deny' };
      return { allowed, auditAnnotations, ...(allowed ? {} : { status }) };
    });
    const create = (name: string, labels: Record<string, string>, dryRun = false) =>
      cluster.api.request('POST', '/api/v1/namespaces/ci/pods', pod(name, labels), { dryRun });
    try {
      const installation = await installWebhook(cluster, {
        manifestPath,
        port: webhook.port,
        caBundlePem: serving.caBundlePem,
        probe: async () => (await create('probe', { gate: 'deny' }, true)).status === 403,
      });
      const denied = await create('denied', { gate: 'deny' });
      expect(denied.body.message).toBe('admission webhook "gate.example.com" denied the request: the label says deny');
      expect((await create('allowed', {})).status).toBe(201);
      expect(webhook.hosts()).toEqual(new Set([`gate.gate-system.svc:${webhook.port}`]));
      const event = await cluster.auditEvent('the annotation', ({ objectRef }) => objectRef?.name === 'denied');
      expect(event.annotations).toMatchObject({ 'gate.example.com/decision': 'deny' });

      await webhook.stop();
      const unreachable = await create('unreachable', {});
      expect(unreachable).toMatchObject({ status: 500, body: { message: expect.stringContaining('failed calling') } });
      const options = { manifestPath, port: webhook.port, caBundlePem: serving.caBundlePem };
      await installWebhook(cluster, {
        ...options,
        failurePolicy: 'Ignore',
        probe: async () => (await create('probe', {}, true)).status === 201,
      });
      await installation.remove();
      await waitFor('the removal', async () => (await create('free', { gate: 'deny' }, true)).status === 201);
    } finally {
      await webhook.stop();
    }
  });

  test('the API server says its version and writes its log', async () => {
    const { gitVersion } = await cluster.api.expect('GET', '/version');
    expect(gitVersion).toMatch(/^v1\.\d+\.\d+/);
    expect(await cluster.apiServerLog()).toContain('Serving securely on 127.0.0.1');
  });
});

test('with service accounts a pod gets what it would get in a real cluster', async () => {
  const cluster = await startCluster({ serviceAccounts: 'default' });
  try {
    await cluster.createNamespace('ci');
    for (const namespace of ['default', 'ci']) {
      const { spec } = await cluster.api.expect<{ spec: { serviceAccountName: string; volumes: readonly object[] } }>(
        'POST',
        `/api/v1/namespaces/${namespace}/pods`,
        pod('main'),
      );
      expect(spec.serviceAccountName).toBe('default');
      expect(spec.volumes).toHaveLength(1);
    }
  } finally {
    await cluster.stop();
  }
});

test('the oldest supported API server serves, and what it stored is there after a restart', async () => {
  const cluster = await startCluster({ version: 'oldest', log: () => undefined });
  try {
    const { gitVersion } = await cluster.api.expect('GET', '/version');
    expect(gitVersion).toMatch(/^v1\.34\.\d+$/);
    await cluster.createNamespace('ci');
    const before = cluster.pids;
    await cluster.restart('kube-apiserver', 'SIGKILL');
    expect(cluster.pids).toEqual({ ...before, 'kube-apiserver': expect.any(Number) });
    expect(cluster.pids['kube-apiserver']).not.toBe(before['kube-apiserver']);
    expect(await cluster.api.request('GET', '/api/v1/namespaces/ci')).toMatchObject({ status: 200 });
  } finally {
    await cluster.stop();
  }
});

test('stop ends its processes and removes the folder; after a failure the logs stay', async () => {
  const [clean, failed] = [await startCluster(), await startCluster()];
  await clean.stop();
  await failed.stop({ failed: true });
  try {
    expect([...Object.values(clean.pids), ...Object.values(failed.pids)].filter(isAlive)).toEqual([]);
    expect(existsSync(clean.folder)).toBe(false);
    expect(existsSync(failed.kubeconfig)).toBe(false);
    expect(await readFile(failed.apiServerLogFile, 'utf8')).toContain('Serving securely');
  } finally {
    await rm(failed.folder, { recursive: true, force: true });
  }
});

test('a start that fails says why and leaves nothing', async () => {
  const error = await startCluster({ apiServerFlags: ['--no-such-flag'] }).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/kube-apiserver ended \(exit 1\):[\s\S]*unknown flag: --no-such-flag/);
});

test('processes and folder go with their owner, even when it is killed', async () => {
  const harness = new URL('../harness/cluster.ts', import.meta.url);
  const program = `
    const { startCluster } = await import(${JSON.stringify(harness)});
    const { pids, folder } = await startCluster();
    console.log(JSON.stringify({ pids, folder }));
    setInterval(() => undefined, 60_000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const { pids, folder } = JSON.parse(line) as { pids: Record<string, number>; folder: string };
  expect(Object.values(pids).filter(isAlive)).toHaveLength(2);
  owner.kill('SIGKILL');
  await waitFor('the end of the processes', () => Object.values(pids).every((pid) => !isAlive(pid)));
  await waitFor('the removal of the folder', () => !existsSync(folder));
});

const manifest = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: gate
webhooks:
  - name: gate.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig:
      service: { name: gate, namespace: gate-system, path: /validate }
    rules:
      - { apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }
---
`;
