import { setTimeout as delay } from 'node:timers/promises';
import type { Balancer } from '../harness/balancer.ts';
import type { Load } from '../harness/faults-load.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { waitFor } from '../harness/waiting.ts';

/** From the signal until the balancer had lost its connections to the process; milliseconds of `performance.now()`. */
interface Kill {
  readonly from: number;
  readonly to: number;
}

/** Kills the process of a pod and waits until it is started again and ready. */
export async function killHard(run: PodRun, balancer: Balancer): Promise<Kill> {
  const { pid, restarts } = run;
  if (pid === undefined) throw new Error(`${run.name} does not run.`);
  const from = performance.now();
  process.kill(pid, 'SIGKILL');
  const connections = () => balancer.backends().find(({ port }) => port === run.ports['https'])?.connections ?? 0;
  await waitFor('the end of its connections', () => connections() === 0, { intervalMs: 1 });
  const to = performance.now();
  await waitFor('its restart', () => run.restarts > restarts && run.isReady);
  await delay(1_000); // for the answers to what was sent before
  return { from, to };
}

/** The creations that a kill may cost. */
export interface AtRisk {
  readonly count: number;
  /** E.g. `2 in flight, 1 sent in the 14 ms after`. */
  readonly text: string;
}

/**
 * Counts the creations that were in flight at a kill, and those that were sent before the balancer had seen its
 * connections break: until then it passes on what comes over them.
 */
export function atRisk(load: Load, { from, to }: Kill): AtRisk {
  const open = load.outcomes().filter(({ sentAt, answeredAt }) => sentAt <= to && answeredAt >= from);
  const inFlight = open.filter(({ sentAt }) => sentAt <= from).length;
  const after = open.length - inFlight;
  return { count: open.length, text: `${inFlight} in flight, ${after} sent in the ${(to - from).toFixed(0)} ms after` };
}
