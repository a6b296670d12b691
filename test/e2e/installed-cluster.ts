import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunnerTestCase } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { type Kubelet, startKubelet } from '../harness/kubelet.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { type ProcessService, serveProcesses } from '../harness/kubelet-service.ts';
import { freePort } from '../harness/ports.ts';
import { waitFor } from '../harness/waiting.ts';
import { chart, helmIn } from './chart.ts';

/** The release, and its namespace. */
export const release = 'pratique';

/** A cluster with a kubelet, into which Helm installs the chart. */
export interface InstalledCluster {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  helm(...args: readonly string[]): Promise<string>;
  /** Installs with values, and waits until the Service leads to three replicas. */
  install(values: string): Promise<void>;
  /** The replicas that are ready. */
  replicas(): readonly PodRun[];
  /** To be called after each test: keeps the logs of one that failed. */
  afterTest(task: Readonly<RunnerTestCase>): void;
  stop(): Promise<void>;
}

/** Starts the cluster, with nothing installed. */
export async function startInstalledCluster(): Promise<InstalledCluster> {
  const cluster = await startCluster({ controllerManager: true, log: () => undefined });
  const labels = { 'app.kubernetes.io/instance': release };
  const kubelet = await startKubelet(cluster, { namespace: release, labels });
  const port = await freePort();
  const service = await serveProcesses(cluster, kubelet, { namespace: release, name: release, port });
  const helm = (...args: readonly string[]) => helmIn(cluster, [...args, '--namespace', release]);
  return {
    cluster,
    kubelet,
    helm,
    install: async (values) => {
      // The port, because there is no network, and less than a minute between two looks; the rest is what a user types.
      const ofTest = `image.repository=registry.test/pratique,service.port=${port},tls.self.reconcile=1s`;
      await helm('install', release, chart, '--create-namespace', '--wait', '--set', values, '--set', ofTest);
      await isServed(service);
    },
    replicas: () => kubelet.endpoints().filter(({ ports }) => ports['https'] !== undefined),
    afterTest: (task) => {
      if (task.result?.state === 'fail') keep(cluster, kubelet);
    },
    stop: async () => {
      await service.stop();
      await kubelet.stop();
      await cluster.stop();
    },
  };
}

async function isServed({ balancer }: ProcessService): Promise<void> {
  await waitFor('the way to it', () => balancer.backends().filter(({ isHealthy }) => isHealthy).length === 3);
}

function keep(cluster: Cluster, kubelet: Kubelet): void {
  const lines = kubelet.pods().map((run) => `${run.name}: ${run.restarts} restarts\n${run.lines.join('\n')}\n`);
  writeFileSync(join(cluster.logsFolder, 'kubelet.log'), lines.join('\n'));
  cluster.keepLogs();
}
