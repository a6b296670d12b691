import { setTimeout as delay } from 'node:timers/promises';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { waitFor } from '../harness/waiting.ts';
import { type Environment, release } from './environment.ts';
import { type Fault, noErrors } from './fault.ts';
import { atRisk, killHard } from './kill.ts';

/** Faults of the replicas themselves. */
export const replicaFaults: readonly Fault[] = [
  {
    name: 'rolling update',
    bound: 'none',
    inject: async ({ cluster, settled, kubelet }) => {
      const old = kubelet.running();
      const restarted = await cluster.kubectl(['rollout', 'restart', `deployment/${release}`, '-n', release]);
      if (restarted.code !== 0) throw new Error(restarted.stderr);
      await Promise.all(old.map(({ ended }) => ended));
      await settled();
      return noErrors(`${old.length} replicas replaced`);
    },
  },
  {
    name: 'kill -9 of a replica',
    bound: 'those in flight at that moment, or sent before the balancer knew',
    inject: async (environment, load) => {
      const { run } = await busiest(environment);
      const { count, text } = atRisk(load, await killHard(run, environment.service.balancer));
      return { seen: text, excuses: (errors) => errors.length <= count };
    },
  },
  {
    name: 'a replica that hangs',
    bound: "those sent before the balancer's third failed probe",
    inject: async (environment, load) => {
      const { service } = environment;
      const { run, pid } = await busiest(environment);
      const stoppedAt = performance.now();
      process.kill(pid, 'SIGSTOP');
      await waitFor('the third failed probe', () => !isServed(service.balancer.backends(), run), { intervalMs: 10 });
      const outAt = performance.now();
      await waitFor('its restart', () => run.restarts > 0 && run.isReady, { timeoutMs: 180_000 });
      const before = load.outcomes().filter(({ sentAt }) => sentAt >= stoppedAt && sentAt <= outAt).length;
      return {
        seen: `out after ${((outAt - stoppedAt) / 1_000).toFixed(1)} s, in which ${before} were sent`,
        excuses: (errors) => errors.every(({ sentAt }) => sentAt <= outAt),
      };
    },
  },
];

/** The replica that answers most: the API server keeps to the connections that it used last. */
async function busiest({ kubelet }: Environment): Promise<{ readonly run: PodRun; readonly pid: number }> {
  const before = new Map(kubelet.endpoints().map((run) => [run, run.lines.length]));
  await delay(1_000);
  const busy = [...before].map(([run, count]) => ({ run, records: run.lines.length - count }));
  const [most] = busy.toSorted((one, other) => other.records - one.records);
  if (most === undefined || most.records === 0) throw new Error('No replica answers.');
  if (most.run.pid === undefined) throw new Error('The busiest replica does not run.');
  return { run: most.run, pid: most.run.pid };
}

function isServed(backends: readonly { readonly port: number; readonly isHealthy: boolean }[], run: PodRun): boolean {
  return backends.some(({ port, isHealthy }) => port === run.ports['https'] && isHealthy);
}
