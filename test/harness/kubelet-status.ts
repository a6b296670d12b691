import { setTimeout as delay } from 'node:timers/promises';
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';

/** What the kubelet knows of the one container of a pod. */
export interface ContainerView {
  readonly state: V1ContainerState;
  readonly lastState: V1ContainerState;
  readonly isStarted: boolean;
  readonly isReady: boolean;
  readonly restarts: number;
}

type Times = Map<string, { readonly status: string; readonly since: string }>;

/** Gives the path of a pod in the API. */
export function podPath({ metadata }: V1Pod): string {
  return `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}`;
}

/** Gives `pods/status` as a kubelet writes it; `times` remembers since when each condition is what it is. */
export function statusOf(pod: V1Pod, view: ContainerView, phase: string, times: Times): object {
  const condition = (type: string, isTrue: boolean) => {
    const status = isTrue ? 'True' : 'False';
    if (times.get(type)?.status !== status) times.set(type, { status, since: new Date().toISOString() });
    return { type, status, lastTransitionTime: times.get(type)?.since };
  };
  const containers = pod.spec?.containers ?? [];
  return {
    phase,
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: pod.status?.startTime ?? new Date().toISOString(),
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', view.isReady),
      condition('ContainersReady', view.isReady),
      condition('PodScheduled', true),
    ],
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      state: view.state,
      lastState: view.lastState,
      ready: view.isReady,
      started: view.isStarted,
      restartCount: view.restarts,
    })),
  };
}

/** Writes the status of one pod, the newest only, as often as it takes. */
export function statusWriter(api: ApiClient, pod: V1Pod, read: () => object, stopping: AbortSignal) {
  let isDirty = false;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (isDirty && !stopping.aborted) {
      await untilAnswered(stopping, () => {
        isDirty = false;
        return patchStatus(api, pod, read());
      });
    }
  };
  return {
    changed(): void {
      isDirty = true;
      writing ??= write().finally(() => {
        writing = undefined;
      });
    },
    /** Resolves when nothing is left to be written. */
    async written(): Promise<void> {
      while (writing !== undefined) await writing;
    },
  };
}

/** Writes the status of a pod once. */
export function patchStatus(api: ApiClient, pod: V1Pod, status: object): Promise<Answer> {
  const body = { metadata: { uid: pod.metadata?.uid }, status };
  const options = { contentType: 'application/merge-patch+json', timeoutMs: 15_000 };
  return api.request('PATCH', `${podPath(pod)}/status`, body, options);
}

/** Takes a pod that has ended out of the API, which only its kubelet may; repeats until it is gone. */
export async function finalise(api: ApiClient, pod: V1Pod, stopping: AbortSignal): Promise<void> {
  const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata?.uid } };
  await untilAnswered(stopping, () => api.request('DELETE', podPath(pod), body, { timeoutMs: 15_000 }));
}

interface Answer {
  readonly status: number;
}

/**
 * Repeats a request until the API server has done it, or has said that there is nothing to be done, because the pod is
 * gone or another one has its name.
 */
export async function untilAnswered(stopping: AbortSignal, ask: () => Promise<Answer>): Promise<void> {
  while (!stopping.aborted) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && [200, 201, 404, 409].includes(answer.status)) return;
    await delay(300, undefined, { signal: stopping }).catch(() => undefined);
  }
}
