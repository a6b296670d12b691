import { mkdir } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureHelm } from '../harness/binaries.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { type Load, privilegedLoad, startLoad } from '../harness/faults-load.ts';
import { type Kubelet, startKubelet } from '../harness/kubelet.ts';
import { type ProcessService, serveProcesses } from '../harness/kubelet-service.ts';
import { freePort } from '../harness/ports.ts';
import { runProcess } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { nextStart, type Starts } from './starts.ts';

/** A release in a cluster in which everything but the kubelet is real. */
export interface Environment {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  readonly service: ProcessService;
  /** Runs Helm as the administrator; throws what it says when it fails. */
  helm(...args: readonly string[]): Promise<string>;
  /** Upgrades the release to the base values and these; waits until the new pods are there and the old ones are gone. */
  upgrade(...values: readonly string[]): Promise<void>;
  /** The same without the schema of values, and without waiting for what cannot come. */
  upgradeAnyway(...values: readonly string[]): Promise<void>;
  /** Uninstalls the release if there is one, and installs it with the base values and these arguments of Helm. */
  reinstall(...args: readonly string[]): Promise<void>;
  /** How long the first two replicas took. */
  readonly starts: Starts;
  /** Pods at 50/s, every other one privileged. */
  load(): Load;
  /** Waits until three replicas answer, denials come, and no replica is on its way out. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The release, and the namespace that it is in. */
export const release = 'pratique';

const chart = fileURLToPath(new URL('../../charts/pratique', import.meta.url));
const labels = { 'app.kubernetes.io/instance': release, 'app.kubernetes.io/component': 'webhook' };
const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];

/** Shorter than in production, so that a run of all faults takes minutes. */
const base = [
  'image.repository=registry.test/pratique',
  'config.default.mode=enforce,failurePolicy=Fail,tls.self.reconcile=2s,tls.self.overlap=5s',
].join();

/** Installs the chart in a new cluster, with three replicas, and waits until it denies. */
export async function startEnvironment(): Promise<Environment> {
  const helmProgram = (await ensureHelm()).path('helm');
  const cluster = await startCluster({ controllerManager: true });
  const kubelet = await startKubelet(cluster, { namespace: release, labels });
  const port = await freePort();
  const service = await serveProcesses(cluster, kubelet, { namespace: release, name: release, port });
  await cluster.createNamespace('load');
  const helm = async (...args: readonly string[]) => {
    const home = join(cluster.folder, 'helm');
    await mkdir(home, { recursive: true });
    const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: cluster.kubeconfig, HELM_PLUGINS: home };
    const { code, stdout, stderr } = await runProcess(helmProgram, args, { env, timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };
  const values = ['--namespace', release, '--set', `${base},service.port=${port}`];
  const wait = ['--wait', '--timeout', '3m'];
  const set = (more: readonly string[]) => more.flatMap((value) => ['--set', value]);
  const settled = () => untilSettled(cluster, kubelet, service);
  const replicas = async (command: 'install' | 'upgrade', count: number) => {
    const start = nextStart(kubelet);
    const [ms] = await Promise.all([
      start,
      helm(command, release, chart, ...values, ...wait, ...set([`replicaCount=${count}`])),
    ]);
    return ms;
  };
  const [first, joining] = [await replicas('install', 1), await replicas('upgrade', 2)];
  const starts = { first, joining, load: loadavg()[0] ?? 0, cores: availableParallelism() };
  await helm('upgrade', release, chart, ...values, ...wait);
  await settled();
  return {
    cluster,
    kubelet,
    service,
    helm,
    upgrade: async (...more) => {
      await helm('upgrade', release, chart, ...values, ...wait, ...set(more));
    },
    upgradeAnyway: async (...more) => {
      await helm('upgrade', release, chart, ...values, '--skip-schema-validation', ...set(more));
    },
    reinstall: async (...args) => {
      await helm('uninstall', release, '--namespace', release, '--ignore-not-found', '--wait', '--timeout', '3m');
      await waitFor('the end of all replicas', () => kubelet.running().length === 0);
      await helm('install', release, chart, ...values, ...wait, ...args);
    },
    starts,
    load: () => startLoad(cluster, privilegedLoad),
    settled,
    stop: async () => {
      await service.stop();
      await kubelet.stop();
      await cluster.stop();
    },
  };
}

async function untilSettled(cluster: Cluster, kubelet: Kubelet, service: ProcessService): Promise<void> {
  await waitFor(
    'three replicas and nothing else',
    () => {
      const healthy = service.balancer.backends().filter(({ isHealthy }) => isHealthy);
      return healthy.length === 3 && kubelet.running().length === 3 && kubelet.endpoints().length === 3;
    },
    { timeoutMs: 180_000 },
  );
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers, hostPID: true } };
  await waitFor('denials', async () => {
    const answer = await cluster.api.request('POST', '/api/v1/namespaces/load/pods', pod, { dryRun: true });
    return answer.status === 403;
  });
}
