import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1ContainerState, V1Pod } from '@kubernetes/client-node';
import type { Command } from './kubelet-command.ts';
import { startProbes } from './kubelet-probes.ts';
import type { ContainerView } from './kubelet-status.ts';
import { type Exit, type ManagedProcess, startProcess } from './processes.ts';

/** What a container needs to run. */
export interface ContainerParts {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly ports: ReadonlyMap<number, number>;
  readonly command: () => Promise<Command>;
  /** The wait after the second crash, in milliseconds; it doubles up to 30 times as much. The kubelet takes 10 s. */
  readonly firstBackoffMs: number;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onChange: () => void;
}

/** A container that is started again whenever it ends, until it is terminated. */
export interface RunningContainer {
  readonly pid: number | undefined;
  view(): ContainerView;
  /** Whether it has ended for good. */
  readonly isOver: boolean;
  /** preStop, SIGTERM, and SIGKILL when the grace (seconds) is over; resolves when the process has ended. */
  terminate(graceSeconds: number): Promise<void>;
}

interface State {
  process: ManagedProcess | undefined;
  current: V1ContainerState;
  last: V1ContainerState;
  isStarted: boolean;
  isReady: boolean;
  restarts: number;
  probes: ReturnType<typeof startProbes> | undefined;
}

/** SIGKILL comes no earlier than this after SIGTERM, however long preStop took; the kubelet does the same. */
const leastGraceMs = 2_000;

/** Starts the container of a pod, again and again as the pod's restartPolicy says. */
export function runContainer(parts: ContainerParts): RunningContainer {
  const state: State = {
    process: undefined,
    current: { waiting: { reason: 'ContainerCreating' } },
    last: {},
    isStarted: false,
    isReady: false,
    restarts: 0,
    probes: undefined,
  };
  const ending = new AbortController();
  let isEnded = false;
  const running = keepRunning(parts, state, ending.signal, () => {
    isEnded = true;
  });
  return {
    get pid() {
      return state.process?.pid;
    },
    get isOver() {
      return isEnded;
    },
    view: () => ({
      state: state.current,
      lastState: state.last,
      isStarted: state.isStarted,
      isReady: state.isReady,
      restarts: state.restarts,
    }),
    terminate: async (graceSeconds) => {
      ending.abort();
      state.probes?.stopRestarting();
      await stopProcess(parts.container, state, graceSeconds);
      await running;
    },
  };
}

async function keepRunning(
  parts: ContainerParts,
  state: State,
  ending: AbortSignal,
  onOver: () => void,
): Promise<void> {
  let crashes = 0;
  while (!ending.aborted) {
    const startedAt = Date.now();
    const exit = await runOnce(parts, state, ending).catch((error: unknown) => waitingFor(state, parts, error));
    if (exit !== undefined) recordExit(state, exit, startedAt);
    if (exit !== undefined && isOver(parts.pod, exit)) {
      onOver();
      return parts.onChange();
    }
    if (!ending.aborted && exit !== undefined) state.restarts += 1;
    parts.onChange();
    const longest = 30 * parts.firstBackoffMs;
    crashes = Date.now() - startedAt > 2 * longest ? 0 : crashes + 1;
    const backoff =
      crashes < 2 && exit !== undefined ? 0 : Math.min(parts.firstBackoffMs * 2 ** (crashes - 2), longest);
    if (ending.aborted || backoff === 0) continue;
    if (exit !== undefined) {
      state.current = { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${backoff} ms` } };
      parts.onChange();
    }
    await delay(backoff, undefined, { signal: ending }).catch(() => undefined);
  }
}

function isOver({ spec }: V1Pod, { code }: Exit): boolean {
  return spec?.restartPolicy === 'Never' || (spec?.restartPolicy === 'OnFailure' && code === 0);
}

/** The container could not be started: as with the kubelet, that is told in the status and tried again. */
function waitingFor(state: State, { onChange }: ContainerParts, error: unknown): undefined {
  const message = error instanceof Error ? error.message : String(error);
  state.current = { waiting: { reason: 'CreateContainerConfigError', message } };
  onChange();
}

async function runOnce(parts: ContainerParts, state: State, ending: AbortSignal): Promise<Exit | undefined> {
  const { program, args, env } = await parts.command();
  if (ending.aborted) return undefined;
  const process = await startProcess(program, args, { env, onLine: parts.onLine });
  state.process = process;
  state.current = { running: { startedAt: new Date() } };
  parts.onChange();
  const set = (change: Partial<State>) => {
    Object.assign(state, change);
    parts.onChange();
  };
  const probes = startProbes(parts.container, parts.ports, {
    onStarted: () => set({ isStarted: true }),
    onReady: (isReady) => set({ isReady }),
    onDead: (reason) => {
      parts.onLine(`kubelet: ${reason}; the container is restarted`, 'stderr');
      void stopProcess(parts.container, state, parts.pod.spec?.terminationGracePeriodSeconds ?? 30);
    },
  });
  state.probes = probes;
  if (ending.aborted) void stopProcess(parts.container, state, leastGraceMs / 1_000);
  const exit = await process.exited;
  probes.stop();
  Object.assign(state, { process: undefined, isStarted: false, isReady: false });
  return exit;
}

function recordExit(state: State, { code, signal }: Exit, startedAt: number): void {
  const exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: new Date(startedAt),
    finishedAt: new Date(),
  };
  state.current = { terminated };
  state.last = { terminated };
}

/** The time of preStop is part of the grace. */
async function stopProcess(container: V1Container, state: State, graceSeconds: number): Promise<void> {
  const process = state.process;
  if (process === undefined) return;
  const deadline = Date.now() + graceSeconds * 1_000;
  if (graceSeconds === 0) return void (await process.stop('SIGKILL'));
  state.probes?.stopRestarting();
  const { preStop, ...others } = container.lifecycle ?? {};
  const seconds = Object.keys(others).length > 0 ? 0 : (preStop?.sleep?.seconds ?? 0);
  const pause = new AbortController();
  void process.exited.then(() => pause.abort());
  await delay(Math.min(seconds, graceSeconds) * 1_000, undefined, { signal: pause.signal }).catch(() => undefined);
  await process.stop('SIGTERM', Math.max(deadline - Date.now(), leastGraceMs));
}
