import { setTimeout as delay } from 'node:timers/promises';
import { certificatesIn } from '../../src/tls/certificate-source.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { waitFor } from '../harness/waiting.ts';
import { type Environment, release } from './environment.ts';
import { type Fault, noErrors } from './fault.ts';
import { type AtRisk, atRisk, killHard } from './kill.ts';

const scale = async ({ cluster, kubelet }: Environment, replicas: number) => {
  const path = `/apis/apps/v1/namespaces/${release}/deployments/${release}/scale`;
  await cluster.api.expect('PATCH', path, { spec: { replicas } }, { contentType: 'application/merge-patch+json' });
  if (replicas === 0) await waitFor('the end of all replicas', () => kubelet.running().length === 0);
};

/** Faults that end with no replica or no release, or begin so. */
export const releaseFaults: readonly Fault[] = [
  {
    name: 'broken configuration, and kill -9 of each old replica',
    bound: 'those in flight at the three moments, or sent before the balancer knew',
    inject: async (environment, load) => {
      const { kubelet, service } = environment;
      const old = kubelet.endpoints();
      // The schema of the values would refuse it.
      await environment.upgradeAnyway('config.default.mode=no-such-mode');
      const failing = () => kubelet.running().find((run) => !old.includes(run) && run.restarts > 1);
      await waitFor('a new replica that crashes', failing);
      const risks: AtRisk[] = [];
      for (const run of old) risks.push(atRisk(load, await killHard(run, service.balancer)));
      const most = risks.reduce((sum, { count }) => sum + count, 0);
      return { seen: risks.map(({ text }) => text).join('; '), excuses: (errors) => errors.length <= most };
    },
    repair: (environment) => environment.upgrade(),
  },
  {
    name: 'all replicas gone',
    bound: 'all until one is back',
    inject: async (environment) => {
      const job = await startJob(environment);
      await scale(environment, 0);
      const goneAt = performance.now();
      await createBootstrapPod(environment);
      await finishJob(environment, job);
      await delay(3_000);
      await scale(environment, 3);
      await environment.settled();
      const backAt = performance.now();
      return {
        seen: `${((backAt - goneAt) / 1_000).toFixed(0)} s; a pod of kube-system was created, a Job completed`,
        excuses: (errors) => errors.every(({ sentAt }) => sentAt <= backAt),
      };
    },
  },
  {
    name: 'three replicas racing for the CA',
    bound: 'all until one is ready',
    inject: async (environment) => {
      const { cluster, kubelet } = environment;
      const old = await authorities(environment);
      await scale(environment, 0);
      await cluster.api.expect('DELETE', `/api/v1/namespaces/${release}/secrets/${release}-ca`);
      await scale(environment, 3);
      await waitFor('the first endpoint', () => kubelet.endpoints().length > 0);
      await environment.settled();
      const readyAt = performance.now();
      await delay(10_000);
      const made = (await authorities(environment)).filter((certificate) => !old.includes(certificate));
      if (made.length !== 1) throw new Error(`${made.length} new CAs are in the Secret.`);
      return {
        seen: 'one new CA in the Secret',
        excuses: (errors) => errors.every(({ sentAt }) => sentAt <= readyAt),
      };
    },
  },
  {
    name: 'uninstall',
    bound: 'none',
    inject: async ({ helm, kubelet }) => {
      const until = performance.now();
      await helm('uninstall', release, '--namespace', release, '--wait', '--timeout', '3m');
      await waitFor('the end of all replicas', () => kubelet.running().length === 0);
      return { ...noErrors('pods that were admitted after it began are not counted'), until };
    },
  },
];

/** kube-system is always among the bootstrap namespaces. */
async function createBootstrapPod({ cluster }: Environment): Promise<void> {
  const spec = { containers: [{ name: 'proxy', image: 'registry.example.com/proxy:1' }], hostNetwork: true };
  const metadata = { name: `proxy-${Date.now()}` };
  await cluster.api.expect('POST', '/api/v1/namespaces/kube-system/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec,
  });
}

const jobNamespace = 'jobs';

async function startJob({ cluster }: Environment): Promise<string> {
  const { api } = cluster;
  const { status } = await api.request('GET', `/api/v1/namespaces/${jobNamespace}`);
  if (status === 404) await cluster.createNamespace(jobNamespace);
  const name = `build-${Date.now()}`;
  const containers = [{ name: 'build', image: 'registry.example.com/build:1' }];
  await api.expect('POST', `/apis/batch/v1/namespaces/${jobNamespace}/jobs`, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec: { restartPolicy: 'Never', containers } } },
  });
  await waitFor("the Job's pod", async () => (await podOf(cluster.api, name))?.status?.phase === 'Running');
  return name;
}

/** The pod ends, and the Job controller takes its finalizer away, which is an update of a pod. */
async function finishJob({ cluster }: Environment, name: string): Promise<void> {
  const pod = await podOf(cluster.api, name);
  const path = `/api/v1/namespaces/${jobNamespace}/pods/${pod?.metadata?.name}`;
  const terminated = { exitCode: 0, reason: 'Completed' };
  const container = { name: 'build', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } };
  const status = { phase: 'Succeeded', containerStatuses: [container] };
  await cluster.api.expect('PATCH', `${path}/status`, { status }, { contentType: 'application/merge-patch+json' });
  await waitFor('the pod without a finalizer', async () => {
    const { metadata } = await cluster.api.expect('GET', path);
    return metadata?.['finalizers'] === undefined;
  });
  await waitFor('the end of the Job', async () => {
    const job = await cluster.api.expect<JobObject>('GET', `/apis/batch/v1/namespaces/${jobNamespace}/jobs/${name}`);
    return job.status.succeeded === 1;
  });
}

interface JobObject extends ApiObject {
  readonly status: { readonly succeeded?: number };
}

interface PodObject extends ApiObject {
  readonly status?: { readonly phase?: string };
}

async function podOf(api: Environment['cluster']['api'], job: string): Promise<PodObject | undefined> {
  const path = `/api/v1/namespaces/${jobNamespace}/pods?labelSelector=job-name%3D${job}`;
  return (await api.expect<{ items: readonly PodObject[] }>('GET', path)).items[0];
}

/** The certificates of the Secret, PEM. */
async function authorities({ cluster }: Environment): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${release}/secrets/${release}-ca`;
  const { data } = await cluster.api.expect<{ data: Readonly<Record<string, string>> }>('GET', path);
  const bundle = Buffer.from(data['ca.crt'] ?? '', 'base64').toString();
  return certificatesIn(bundle);
}
