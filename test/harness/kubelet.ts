import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import type { ProcessImage } from './kubelet-command.ts';
import { registerNode } from './kubelet-node.ts';
import { type PodHost, type PodRun, runPod } from './kubelet-pod.ts';
import { finalise, patchStatus, podPath, statusOf, untilAnswered } from './kubelet-status.ts';
import { temporaryFolder } from './processes.ts';
import { watchObjects } from './watch.ts';

/** What a kubelet runs, and how. */
export interface KubeletOptions {
  /** The pods that become processes; all others are only said to run. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The built program with the flags of its ports, on 127.0.0.1, unless told. */
  readonly image?: ProcessImage;
  /** The wait after the second crash of a container; 500 ms unless told. */
  readonly firstBackoffMs?: number;
  /** Between two looks at the ConfigMaps and Secrets of volumes; 1,000 ms unless told. The kubelet takes a minute. */
  readonly syncMs?: number;
}

/** A node of one cluster and its kubelet, with a scheduler for nobody but itself. */
export interface Kubelet {
  readonly nodeName: string;
  /** Each pod that ever became a process, in the order of their start. */
  pods(): readonly PodRun[];
  /** Those that have not ended. */
  running(): readonly PodRun[];
  /** Those to which a Service sends new connections: ready, and not deleted. */
  endpoints(): readonly PodRun[];
  /** Kills all processes and leaves the objects in the API as they are. */
  stop(): Promise<void>;
}

/** A pod with this label and the value `Succeeded` is said to have ended at once, for Jobs. */
export const outcomeLabel = 'kubelet.pratique.test/phase';

const builtProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The image of the webhook and the journal: its entrypoint, and loopback ports in place of a network of its own. */
const webhookImage: ProcessImage = {
  entrypoint: [process.execPath, builtProgram],
  portFlags: { https: '--port', records: '--port', http: '--health-port', page: '--page-port' },
  moreArgs: ['--host', '127.0.0.1'],
};

/**
 * Registers a node and runs pods on it as processes, without containers: volumes are folders, paths below mount points
 * in arguments and variables become paths in them, ports become free ports of the loopback. What it does not understand
 * is told in the pod's status, as CreateContainerConfigError. Images, security contexts, resources and networks are not
 * looked at.
 */
export async function startKubelet(cluster: Cluster, options: KubeletOptions): Promise<Kubelet> {
  const nodeName = 'process-node';
  const folder = await temporaryFolder('pratique-kubelet-');
  const stopping = new AbortController();
  const host: PodHost = {
    api: cluster.api,
    apiServer: cluster.admin.url,
    image: options.image ?? webhookImage,
    folder: join(folder.path, 'pods'),
    firstBackoffMs: options.firstBackoffMs ?? 500,
    syncMs: options.syncMs ?? 1_000,
    stopping: stopping.signal,
  };
  const node = await registerNode(cluster.api, nodeName);
  const runs = new Map<string, PodRun>();
  const ended = new Set<string>();
  const follow = followPod(host, options, nodeName, runs, ended);
  const watch = watchObjects<V1Pod>(cluster, '/api/v1/pods', follow, (pod) => {
    void runs.get(pod.metadata?.uid ?? '')?.kill();
  });
  const running = () => [...runs.values()].filter(({ uid }) => !ended.has(uid));
  return {
    nodeName,
    pods: () => [...runs.values()],
    running,
    endpoints: () => running().filter(({ isReady, isTerminating }) => isReady && !isTerminating),
    stop: async () => {
      stopping.abort();
      await watch.stop();
      await node.stop();
      await Promise.all([...runs.values()].map((run) => run.kill()));
      await folder.remove();
    },
  };
}

/** What to do with one pod, whenever it is seen. */
function followPod(
  host: PodHost,
  options: KubeletOptions,
  nodeName: string,
  runs: Map<string, PodRun>,
  ended: Set<string>,
): (pod: V1Pod) => void {
  const waiting = new Map<string, (() => Promise<void>) | undefined>();
  /** One thing at a time for each pod, and what is seen meanwhile afterwards. */
  const inTurn = (uid: string, work: () => Promise<void>) => {
    const isBusy = waiting.has(uid);
    waiting.set(uid, isBusy ? work : undefined);
    if (isBusy) return;
    const run = async () => {
      for (let next: typeof work | undefined = work; next !== undefined; next = waiting.get(uid)) {
        waiting.set(uid, undefined);
        await next();
      }
      waiting.delete(uid);
    };
    void run();
  };
  return (pod) => {
    const uid = pod.metadata?.uid ?? '';
    if (ended.has(uid)) return;
    if (pod.spec?.nodeName === undefined) {
      if (isWaiting(pod)) inTurn(uid, () => bind(host, pod, nodeName));
    } else if (pod.spec.nodeName !== nodeName) {
      return;
    } else if (isOurs(pod, options)) {
      const run = runs.get(uid) ?? runPod(pod, host);
      if (!runs.has(uid)) {
        runs.set(uid, run);
        void run.ended.then(() => ended.add(uid));
      }
      run.update(pod);
    } else {
      inTurn(uid, () => pretend(host, pod));
    }
  };
}

function isOurs({ metadata }: V1Pod, { namespace, labels }: KubeletOptions): boolean {
  if (metadata?.namespace !== namespace) return false;
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

function isWaiting({ metadata, spec }: V1Pod): boolean {
  if (metadata?.deletionTimestamp !== undefined || (spec?.schedulingGates ?? []).length > 0) return false;
  return spec?.schedulerName === 'default-scheduler';
}

/** A scheduler with one node. */
async function bind({ api, stopping }: PodHost, pod: V1Pod, nodeName: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
  const metadata = { name: pod.metadata?.name, uid: pod.metadata?.uid };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata, target };
  await untilAnswered(stopping, () => api.request('POST', `${podPath(pod)}/binding`, body, { timeoutMs: 15_000 }));
}

/** Nobody looks into these pods: they run, or have succeeded, as soon as they are bound, and end at once. */
async function pretend(host: PodHost, pod: V1Pod): Promise<void> {
  if (pod.metadata?.deletionTimestamp !== undefined) return finalise(host.api, pod, host.stopping);
  if (pod.status?.phase !== 'Pending') return;
  const hasSucceeded = pod.metadata?.labels?.[outcomeLabel] === 'Succeeded';
  const now = new Date();
  const state = hasSucceeded
    ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } }
    : { running: { startedAt: now } };
  const view = { state, lastState: {}, isStarted: !hasSucceeded, isReady: !hasSucceeded, restarts: 0 };
  const status = statusOf(pod, view, hasSucceeded ? 'Succeeded' : 'Running', new Map());
  await untilAnswered(host.stopping, () => patchStatus(host.api, pod, status));
}
