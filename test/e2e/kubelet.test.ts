import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { countsOf, startLoad } from '../harness/faults-load.ts';
import { type Kubelet, outcomeLabel, startKubelet } from '../harness/kubelet.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { type ProcessService, serveProcesses } from '../harness/kubelet-service.ts';
import { isAlive } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { installWebhook } from '../harness/webhook-install.ts';
import { createUntrustedClass, deniedBy, deployedManifest, isGuarded } from './guarded-cluster.ts';
import { accessObjects, deployment, labels, tlsSecret } from './kubelet-objects.ts';
import { pod } from './pods.ts';

const namespace = 'pratique';
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;

const leaf = { commonName: 'pratique', names: ['pratique.pratique.svc'], usage: 'server' } as const;

let authority: Authority;
let cluster: Cluster;
let kubelet: Kubelet;
let service: ProcessService;

beforeAll(async () => {
  authority = await createAuthority();
  cluster = await startCluster({ controllerManager: true, log: () => undefined });
  kubelet = await startKubelet(cluster, { namespace, labels, firstBackoffMs: 200 });
  service = await serveProcesses(cluster, kubelet, { namespace, name: 'pratique' });
  await cluster.createNamespace('gitlab');
  await cluster.createNamespace('load');
  await createUntrustedClass(cluster);
});
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  const lines = kubelet.pods().map((run) => `${run.name}: ${run.restarts} restarts\n${run.lines.join('\n')}\n`);
  writeFileSync(join(cluster.logsFolder, 'kubelet.log'), lines.join('\n'));
  cluster.keepLogs();
});
afterAll(async () => {
  await service?.stop();
  await kubelet?.stop();
  await cluster?.stop();
});

describe('a Deployment of the webhook', () => {
  beforeAll(async () => {
    await create('/api/v1/namespaces/pratique/secrets', tlsSecret(await authority.issue(leaf)));
    for (const [path, object] of accessObjects) await create(path, object);
    await create(deployments, deployment('pratique', {}));
    await isRolledOut();
    const { paths } = await installWebhook(cluster, {
      manifestPath: deployedManifest,
      port: service.balancer.port,
      caBundlePem: authority.cert,
      probe: () => isGuarded(cluster),
    });
    const validating = paths.find((path) => path.includes('/validatingwebhookconfigurations/')) ?? '';
    const webhooks = [{ name: 'validate.pratique.dev', failurePolicy: 'Fail' }];
    const contentType = 'application/strategic-merge-patch+json';
    await cluster.api.expect('PATCH', validating, { webhooks }, { contentType });
  });

  test('becomes available with three processes, to which the Service leads', async () => {
    expect(kubelet.endpoints().map(({ pid }) => isAlive(pid ?? 0))).toEqual([true, true, true]);
    const { status } = await cluster.api.expect<Deployment>('GET', `${deployments}/pratique`);
    expect(status).toMatchObject({ availableReplicas: 3, updatedReplicas: 3 });
    const denied = await createPod('denied');
    expect(denied.body.message).toContain('validate.pratique.dev" denied the request: [host-pid]');
    await waitFor('its record', () =>
      kubelet.running().some(({ lines }) => lines.some((line) => line.includes('"name":"denied"'))),
    );
  });

  test('is updated pod by pod, and the old processes end by themselves', async () => {
    const old = kubelet.running();
    const template = { metadata: { annotations: { revision: '2' } } };
    await patchDeployment({ spec: { template } });
    await isRolledOut();
    await Promise.all(old.map(({ ended }) => ended));
    expect(kubelet.running()).toHaveLength(3);
    for (const run of old) expect(run.lines.at(-1)).toContain('stopped');
    expect((await createPod('after')).status).toBe(403);
  });

  const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];
  const options = {
    namespace: 'load',
    allowed: { containers },
    denied: { containers, hostPID: true },
    denial: `${deniedBy}[host-pid] `,
    webhook: 'pratique.dev',
  };

  test('a load counts what is wrong, and a rolling update does nothing wrong', async () => {
    const load = startLoad(cluster, options);
    await patchDeployment({ spec: { template: { metadata: { annotations: { revision: '3' } } } } });
    await isRolledOut();
    const outcomes = await load.stop();
    expect(countsOf(outcomes).right).toBeGreaterThan(100);
    expect(outcomes.filter(({ kind }) => kind !== 'right')).toEqual([]);
    expect((await cluster.api.expect('GET', '/api/v1/namespaces/load/pods')).items).toEqual([]);

    const swapped = startLoad(cluster, { ...options, denied: options.allowed, allowed: options.denied });
    await waitFor('some answers', () => swapped.outcomes().length >= 20);
    const counts = countsOf(await swapped.stop());
    expect(counts.right).toBe(0);
    expect(Math.abs(counts['wrong admission'] - counts['wrong denial'])).toBeLessThanOrEqual(1);

    await patchDeployment({ spec: { replicas: 0 } });
    await waitFor('the end of all', () => kubelet.running().length === 0);
    const unanswered = startLoad(cluster, options);
    await waitFor('some answers', () => unanswered.outcomes().length >= 20);
    const { 'webhook error': errors, ...others } = countsOf(await unanswered.stop());
    expect(errors).toBeGreaterThanOrEqual(20);
    expect(others).toEqual({ right: 0, 'wrong admission': 0, 'wrong denial': 0, 'other error': 0 });
    await patchDeployment({ spec: { replicas: 3 } });
    await isRolledOut();
  });

  test('a process that is killed is started again, in the same pod', async () => {
    const { run, pid } = chosen();
    process.kill(pid, 'SIGKILL');
    await waitFor('the restart', () => run.restarts > 0 && run.isReady);
    expect(run.pid).not.toBe(pid);
    const container = await waitFor('its status', async () => {
      const [current] = (await podObject(run)).status.containerStatuses;
      return current?.ready === true && current;
    });
    expect(container).toMatchObject({ restartCount: run.restarts, lastState: { terminated: { exitCode: 137 } } });
  });

  test('a process that hangs leaves the endpoints and is restarted by its liveness probe', async () => {
    const { run, pid } = chosen();
    const before = run.restarts;
    process.kill(pid, 'SIGSTOP');
    await waitFor('the end of its readiness', () => !kubelet.endpoints().includes(run));
    await waitFor('the restart', () => run.restarts > before && run.isReady);
    expect(isAlive(pid)).toBe(false);
    expect(run.lines).toContain('kubelet: liveness probe failed; the container is restarted');
  });

  test('a deleted pod serves through preStop, then drains and is gone', async () => {
    const { run, pid } = chosen();
    const started = performance.now();
    await cluster.api.expect('DELETE', podPath(run));
    await waitFor('the end as an endpoint', () => !kubelet.endpoints().includes(run));
    expect(run.isReady && isAlive(pid)).toBe(true);
    await run.ended;
    expect(performance.now() - started).toBeGreaterThan(7_000); // preStop and --drain
    expect((await cluster.api.request('GET', podPath(run))).status).toBe(404);
    await isRolledOut();
  });

  test('a file of a Secret changes when the Secret does', async () => {
    const { run } = chosen();
    const renewed = tlsSecret(await authority.issue(leaf));
    const options = { contentType: 'application/merge-patch+json' };
    await cluster.api.expect('PATCH', '/api/v1/namespaces/pratique/secrets/serving', renewed, options);
    await waitFor('the new certificate', () => run.lines.some((line) => line.includes('certificate replaced')));
  });

  test("the pod's token may do what RBAC grants its account, and nothing else", async () => {
    const { run } = chosen();
    const mayI = async (...args: readonly string[]) => {
      const { stdout } = await cluster.kubectl(['--kubeconfig', run.kubeconfig, 'auth', 'can-i', ...args]);
      return stdout.trim();
    };
    expect(await mayI('get', 'secrets/serving')).toBe('yes');
    expect(await mayI('get', 'secrets/another')).toBe('no');
    expect(await mayI('create', 'pods')).toBe('no');
    const { stdout } = await cluster.kubectl(['--kubeconfig', run.kubeconfig, 'auth', 'whoami', '-o', 'json']);
    expect(JSON.parse(stdout).status.userInfo).toMatchObject({
      username: 'system:serviceaccount:pratique:pratique',
      extra: { 'authentication.kubernetes.io/pod-name': [run.name] },
    });
  });
});

test('what the kubelet cannot do is told in the status of the pod', async () => {
  const object = deployment('other', { envFrom: [{ configMapRef: { name: 'x' } }] });
  await create(deployments, object);
  const run = await waitFor('its pod', () => kubelet.running().find(({ name }) => name.startsWith('other-')));
  await waitFor('the reason', async () => {
    const { waiting } = (await podObject(run)).status?.containerStatuses?.[0]?.state ?? {};
    return waiting?.reason === 'CreateContainerConfigError' && waiting.message?.includes('envFrom');
  });
  await cluster.api.expect('DELETE', `${deployments}/other`);
  await run.ended;
});

test('a container that crashes at once is started ever more slowly', async () => {
  await create(deployments, deployment('crash', { args: ['serve', '--no-such-flag'] }));
  const run = await waitFor('its pod', () => kubelet.running().find(({ name }) => name.startsWith('crash-')));
  await waitFor('two restarts', () => run.restarts >= 2);
  await waitFor('the wait', async () => {
    return (await podObject(run)).status.containerStatuses[0]?.state.waiting?.reason === 'CrashLoopBackOff';
  });
  await cluster.api.expect('DELETE', `${deployments}/crash`);
  await run.ended;
});

test('other pods run without a process, and those of a Job succeed where they say so', async () => {
  const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];
  const template = (restartPolicy: string, more: object) => ({
    metadata: { labels: { app: 'plain', ...more } },
    spec: { restartPolicy, containers },
  });
  const count = kubelet.pods().length;
  await create('/apis/apps/v1/namespaces/gitlab/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'plain' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'plain' } }, template: template('Always', {}) },
  });
  await create('/apis/batch/v1/namespaces/gitlab/jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'build' },
    spec: { template: template('Never', { app: 'build', [outcomeLabel]: 'Succeeded' }) },
  });
  const deploymentOf = () => cluster.api.expect<Deployment>('GET', '/apis/apps/v1/namespaces/gitlab/deployments/plain');
  await waitFor('the Deployment', async () => (await deploymentOf()).status['availableReplicas'] === 2);
  await waitFor('the Job', async () => {
    const job = await cluster.api.expect<Deployment>('GET', '/apis/batch/v1/namespaces/gitlab/jobs/build');
    return job.status['succeeded'] === 1;
  });
  await cluster.api.expect('DELETE', '/apis/apps/v1/namespaces/gitlab/deployments/plain', undefined, {
    query: { propagationPolicy: 'Foreground' },
  });
  const listed = () => cluster.api.expect('GET', '/api/v1/namespaces/gitlab/pods?labelSelector=app%3Dplain');
  await waitFor('the end of its pods', async () => (await listed()).items?.length === 0);
  expect(kubelet.pods()).toHaveLength(count);
});

interface Deployment extends ApiObject {
  readonly status: Readonly<Record<string, number>>;
}

interface StatusOfPod extends ApiObject {
  readonly status: {
    readonly containerStatuses: readonly {
      readonly ready: boolean;
      readonly state: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

function create(path: string, object: object): Promise<ApiObject> {
  return cluster.api.expect('POST', path, object);
}

function createPod(name: string) {
  const object = pod(name, { spec: { hostPID: true } });
  return cluster.api.request('POST', '/api/v1/namespaces/gitlab/pods', object);
}

function patchDeployment(patch: object): Promise<ApiObject> {
  const options = { contentType: 'application/merge-patch+json' };
  return cluster.api.expect('PATCH', `${deployments}/pratique`, patch, options);
}

async function isRolledOut(): Promise<void> {
  const { code, stdout, stderr } = await cluster.kubectl(
    ['rollout', 'status', 'deployment/pratique', '-n', namespace, '--timeout=120s'],
    { timeoutMs: 130_000 },
  );
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  await waitFor('three endpoints', () => service.balancer.backends().filter(({ isHealthy }) => isHealthy).length === 3);
}

function podPath({ name }: PodRun): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

function podObject(run: PodRun): Promise<StatusOfPod> {
  return cluster.api.expect('GET', podPath(run));
}

function chosen(): { readonly run: PodRun; readonly pid: number } {
  const run = kubelet.endpoints()[0];
  if (run?.pid === undefined) throw new Error('No pod is ready.');
  return { run, pid: run.pid };
}
