import { readFileSync } from 'node:fs';
import type { Kubelet } from '../harness/kubelet.ts';
import { isReady } from '../harness/readiness.ts';
import { waitFor } from '../harness/waiting.ts';

/** From the start of a replica's process until it answers `/readyz` with 200, in milliseconds. */
export interface Start {
  readonly wallMs: number;
  /** What it computed meanwhile; the rest was waiting, for answers or for a busy machine. Known on Linux only. */
  readonly cpuMs: number | undefined;
}

/** How long replicas take to start. */
export interface Starts {
  /** The first replica ever, which creates the CA. */
  readonly first: Start;
  /** One that joins it. */
  readonly joining: Start;
  /** The machine meanwhile: its load average of the last minute, and what it has to bear it. */
  readonly load: number;
  readonly cores: number;
}

/** What each of them may take. */
export const longestStartMs = 2_000;

/** Measures the next pod that becomes a process; asks more often than its readiness probe does. */
export async function nextStart(kubelet: Kubelet): Promise<Start> {
  const known = new Set(kubelet.pods());
  const started = () => kubelet.pods().find((run) => !known.has(run) && run.pid !== undefined);
  const run = await waitFor('a new process', started, { timeoutMs: 180_000, intervalMs: 5 });
  const startedAt = performance.now();
  const ready = async () => run.readyUrl !== undefined && (await isReady(run.readyUrl));
  await waitFor('its readiness', ready, { intervalMs: 10 });
  return { wallMs: performance.now() - startedAt, cpuMs: cpuMsOf(run.pid) };
}

function cpuMsOf(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux') return undefined;
  // "pid (name) state ..."; user and system time are the 14th and 15th field, in hundredths of a second
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
