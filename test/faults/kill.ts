import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from '../harness/faults-load.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { waitFor } from '../harness/waiting.ts';

/** From the signal until the end of the process was seen here; milliseconds of `performance.now()`. */
export interface Kill {
  readonly from: number;
  readonly to: number;
}

/** Kills the process of a pod and waits until it is started again and ready. */
export async function killHard(run: PodRun): Promise<Kill> {
  const { pid, restarts } = run;
  if (pid === undefined) throw new Error(`${run.name} does not run.`);
  const from = performance.now();
  process.kill(pid, 'SIGKILL');
  await waitFor('its end', () => run.pid !== pid, { intervalMs: 1 });
  const to = performance.now();
  await waitFor('its restart', () => run.restarts > restarts && run.isReady);
  await delay(1_000); // for the answers to what was sent before
  return { from, to };
}

/**
 * The creations that were in flight at a kill. The balancer runs in this process: until it has seen the end, it passes
 * more requests on over the connections of the dead process, which a network would not.
 */
export function inFlightAt(load: Load, { from, to }: Kill): number {
  return load.outcomes().filter(({ sentAt, answeredAt }) => sentAt <= to && answeredAt >= from).length;
}
