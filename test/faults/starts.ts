import type { Kubelet } from '../harness/kubelet.ts';
import { isReady } from '../harness/readiness.ts';
import { waitFor } from '../harness/waiting.ts';

/** How long replicas take from the start of their process until they answer `/readyz` with 200, in milliseconds. */
export interface Starts {
  /** Of the first replica ever, which creates the CA. */
  readonly first: number;
  /** Of one that joins it. */
  readonly joining: number;
}

/** What both of them may take. */
export const longestStartMs = 2_000;

/** Measures the next pod that becomes a process; asks more often than its readiness probe does. */
export async function nextStart(kubelet: Kubelet): Promise<number> {
  const known = new Set(kubelet.pods());
  const started = () => kubelet.pods().find((run) => !known.has(run) && run.pid !== undefined);
  const run = await waitFor('a new process', started, { timeoutMs: 180_000, intervalMs: 5 });
  const startedAt = performance.now();
  const ready = async () => run.readyUrl !== undefined && (await isReady(run.readyUrl));
  await waitFor('its readiness', ready, { intervalMs: 10 });
  return performance.now() - startedAt;
}
