import { setTimeout as delay } from 'node:timers/promises';
import { type ApiObject, createApiClient } from './api-client.ts';
import type { Cluster } from './cluster.ts';

/** What a load creates, and how fast. */
export interface LoadOptions {
  /** One that exists and is enforced; nothing else may be in it. */
  readonly namespace: string;
  /** 50 unless told; every other one is to be denied. */
  readonly perSecond?: number;
  /** The spec of a pod that is to be denied, and that of one that is not. */
  readonly denied: object;
  readonly allowed: object;
  /** What the message of a denial begins with. */
  readonly denial: string;
  /** What names of our webhooks have in common, as errors of the API server quote them. */
  readonly webhook: string;
}

const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];

/** Privileged pods, and pods that nothing is wrong with, in the namespace `load`. */
export const privilegedLoad: LoadOptions = {
  namespace: 'load',
  allowed: { containers },
  denied: { containers: containers.map((one) => ({ ...one, securityContext: { privileged: true } })) },
  denial: 'admission webhook "validate.pratique.dev" denied the request: [privileged] ',
  webhook: 'pratique.dev',
};

/** How one creation ended. `webhook error` names a webhook of ours; `other error` does not. */
export type OutcomeKind = 'right' | 'wrong admission' | 'wrong denial' | 'webhook error' | 'other error';

/** One creation. Times are milliseconds of `performance.now()`. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly name: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Of an error, or of a denial. */
  readonly message: string;
}

/** A load that runs. */
export interface Load {
  /** What has been answered so far, in the order of the answers. */
  outcomes(): readonly Outcome[];
  /** How many requests wait for an answer. */
  inFlight(): number;
  /** Sends no more, waits for the answers, and deletes what was created. */
  stop(): Promise<readonly Outcome[]>;
}

const requestTimeoutMs = 60_000;

/**
 * Creates pods at a fixed rate, whatever the answers and however late they are, as many clients would. Nobody schedules
 * the pods, so that they go at once when they are deleted.
 */
export function startLoad(cluster: Cluster, options: LoadOptions): Load {
  // So many that no request waits in the client, even while each one runs into its timeout.
  const api = createApiClient(cluster.admin, 2_000);
  const stopping = new AbortController();
  const outcomes: Outcome[] = [];
  const waiting = new Set<Promise<void>>();
  const pods = `/api/v1/namespaces/${options.namespace}/pods`;
  const create = async (index: number) => {
    const isToBeDenied = index % 2 === 0;
    const name = `load-${process.hrtime.bigint().toString(36)}-${index}`;
    const spec = { schedulerName: 'nobody', ...(isToBeDenied ? options.denied : options.allowed) };
    const sentAt = performance.now();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
    const answer = await api
      .request('POST', pods, object, { timeoutMs: requestTimeoutMs })
      .catch((error: unknown) => ({ status: 0, body: { message: String(error) } as ApiObject }));
    const message = answer.status === 201 ? '' : (answer.body.message ?? JSON.stringify(answer.body));
    const kind = kindOf(answer.status, message, isToBeDenied, options);
    outcomes.push({ kind, name, sentAt, answeredAt: performance.now(), message });
  };
  const sending = sendAtRate(options.perSecond ?? 50, stopping.signal, (index) => {
    const creation = create(index).finally(() => waiting.delete(creation));
    waiting.add(creation);
  });
  return {
    outcomes: () => outcomes,
    inFlight: () => waiting.size,
    stop: async () => {
      stopping.abort();
      await sending;
      await Promise.all(waiting);
      await api.expect('DELETE', pods, { gracePeriodSeconds: 0 });
      api.close();
      return outcomes;
    },
  };
}

async function sendAtRate(perSecond: number, signal: AbortSignal, send: (index: number) => void): Promise<void> {
  const start = performance.now();
  for (let index = 0; !signal.aborted; index += 1) {
    const wait = start + (index * 1_000) / perSecond - performance.now();
    if (wait > 0) await delay(wait, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) send(index);
  }
}

function kindOf(status: number, message: string, isToBeDenied: boolean, options: LoadOptions): OutcomeKind {
  if (status === 201) return isToBeDenied ? 'wrong admission' : 'right';
  const isOurs = message.includes(options.webhook);
  // Any denial of ours counts against us, also one that gives another reason than it should.
  if (isOurs && message.includes(' denied the request')) {
    return isToBeDenied && message.startsWith(options.denial) ? 'right' : 'wrong denial';
  }
  return isOurs ? 'webhook error' : 'other error';
}

/** How many creations ended in each way. */
export function countsOf(outcomes: readonly Outcome[]): Readonly<Record<OutcomeKind, number>> {
  const counts = { right: 0, 'wrong admission': 0, 'wrong denial': 0, 'webhook error': 0, 'other error': 0 };
  for (const { kind } of outcomes) counts[kind] += 1;
  return counts;
}
