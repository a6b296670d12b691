import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { commandOf, onlyContainer, type ProcessImage } from './kubelet-command.ts';
import { type RunningContainer, runContainer } from './kubelet-container.ts';
import { assertProbes, readyUrlOf } from './kubelet-probes.ts';
import { type ContainerView, finalise, statusOf, statusWriter } from './kubelet-status.ts';
import { materialiseVolumes } from './kubelet-volumes.ts';
import { freePorts } from './ports.ts';

/** What the pods of one kubelet share. */
export interface PodHost {
  readonly api: ApiClient;
  readonly apiServer: string;
  readonly image: ProcessImage;
  /** Pods have their folders below it. */
  readonly folder: string;
  readonly firstBackoffMs: number;
  /** Between two looks at the ConfigMaps and Secrets of volumes. */
  readonly syncMs: number;
  /** Ends with the kubelet. */
  readonly stopping: AbortSignal;
}

/** A pod that runs as a process. */
export interface PodRun {
  readonly name: string;
  readonly uid: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  readonly isReady: boolean;
  /** It has been deleted, and may still run. */
  readonly isTerminating: boolean;
  readonly restarts: number;
  /** The port on the loopback of each port of the container, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** As its own kubeconfig, a file that exists where the pod mounts a token. */
  readonly kubeconfig: string;
  /** What the readiness probe asks. */
  readonly readyUrl: string | undefined;
  /** All lines that its processes wrote, in the order of their arrival. */
  readonly lines: readonly string[];
  /** Takes the newest state of its object. */
  update(pod: V1Pod): void;
  /** The object is gone: no grace is left. */
  kill(): Promise<void>;
  /** Resolves when the process has ended and the object is gone. */
  readonly ended: Promise<void>;
}

const missing: ContainerView = {
  state: { waiting: { reason: 'ContainerCreating' } },
  lastState: {},
  isStarted: false,
  isReady: false,
  restarts: 0,
};

/** Starts the container of a pod as a process and keeps the pod's status, from its binding to its end. */
export function runPod(pod: V1Pod, host: PodHost): PodRun {
  const container = pod.spec?.containers[0];
  const ports = new Map<number, number>();
  const lines: string[] = [];
  const deletion = Promise.withResolvers<number>();
  let isTerminating = false;
  let running: RunningContainer | undefined;
  const times = new Map();
  let phase = 'Pending';
  const view = () => running?.view() ?? missing;
  const status = statusWriter(host.api, pod, () => statusOf(pod, view(), phase, times), host.stopping);
  const outcome = () => ((view().state.terminated?.exitCode ?? 0) === 0 ? 'Succeeded' : 'Failed');
  const onChange = () => {
    if (view().state.running !== undefined && phase === 'Pending') phase = 'Running';
    if (running?.isOver === true) phase = outcome();
    status.changed();
  };
  const terminate = async () => {
    const grace = await deletion.promise;
    isTerminating = true;
    await running?.terminate(grace);
    phase = outcome();
    status.changed();
    await status.written();
    await finalise(host.api, pod, host.stopping);
  };
  const folder = join(host.folder, pod.metadata?.name ?? '');
  const prepare = preparer(pod, host, folder, ports, deletion.promise);
  const onLine = (line: string) => lines.push(line);
  running = runContainer({
    ...host,
    pod,
    container: container ?? { name: '' },
    ports,
    command: prepare,
    onLine,
    onChange,
  });
  return {
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid ?? '',
    get pid() {
      return running?.pid;
    },
    get isReady() {
      return view().isReady;
    },
    get isTerminating() {
      return isTerminating;
    },
    get restarts() {
      return view().restarts;
    },
    get ports() {
      const named = (container?.ports ?? []).map(({ name = '', containerPort }) => [
        name,
        ports.get(containerPort) ?? 0,
      ]);
      return Object.fromEntries(named);
    },
    kubeconfig: join(folder, 'kubeconfig'),
    get readyUrl() {
      return container === undefined || ports.size === 0 ? undefined : readyUrlOf(container, ports);
    },
    lines,
    update: ({ metadata }) => {
      if (metadata?.deletionTimestamp !== undefined) deletion.resolve(metadata.deletionGracePeriodSeconds ?? 30);
    },
    kill: async () => {
      deletion.resolve(0);
      await running?.terminate(0);
    },
    ended: terminate(),
  };
}

/** What comes before each start of the container: its ports and volumes once, its command each time. */
function preparer(pod: V1Pod, host: PodHost, folder: string, ports: Map<number, number>, deleted: Promise<unknown>) {
  let volumes: Awaited<ReturnType<typeof materialiseVolumes>> | undefined;
  return async () => {
    const container = onlyContainer(pod);
    if (ports.size === 0) {
      const wanted = container.ports ?? [];
      const free = await freePorts(wanted.length);
      wanted.forEach(({ containerPort }, index) => {
        ports.set(containerPort, free[index] ?? 0);
      });
    }
    assertProbes(container, ports);
    if (volumes === undefined) {
      await mkdir(folder, { recursive: true });
      volumes = await materialiseVolumes(host.api, pod, join(folder, 'volumes'), `${host.folder}-claims`);
      void keepInSync(volumes.sync, host, deleted);
    }
    return commandOf(pod, { ...host, folder, volumes: volumes.folders, ports });
  };
}

async function keepInSync(sync: () => Promise<void>, host: PodHost, deleted: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  void deleted.then(() => over.abort());
  const signal = AbortSignal.any([host.stopping, over.signal]);
  while (!signal.aborted) {
    await delay(host.syncMs, undefined, { signal }).catch(() => undefined);
    // A file stays as it is while its object cannot be read.
    if (!signal.aborted) await sync().catch(() => undefined);
  }
}
