import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../config/problem.ts';
import { bundleOf } from './ca-document.ts';
import type { CertificateSource, TlsMaterial } from './certificate-source.ts';
import type { Leaf } from './issue.ts';
import { type Replica, type ReplicaOptions, replicaOf } from './replica.ts';
import { selfSignedSource } from './self-signed.ts';

/** What was done to the cluster, for the log. */
export type ChangeListener = (what: string, fields: Readonly<Record<string, unknown>>) => void;

/** How the life cycle is, as metrics and probes tell it. */
export interface ManagedStatus {
  /** Why reviews should not come here yet; undefined once they could. */
  readonly untrusted: string | undefined;
  /** What clients trust, PEM; undefined before the CA was read. */
  readonly bundle: string | undefined;
  /** When the CA that signs expires, in milliseconds since the epoch. */
  readonly caExpires: number | undefined;
  readonly failures: number;
  /** When the cluster was last looked at to the end, in milliseconds since the epoch; 0 for never. */
  readonly lastReconcile: number;
  /** By `validating/NAME`: whether its caBundles are those of the Secret. */
  readonly current: ReadonlyMap<string, boolean>;
  readonly repairs: ReadonlyMap<string, number>;
}

/** A certificate that this process signs itself, with a CA that it shares with its replicas through the cluster. */
export interface ManagedSource extends CertificateSource {
  status(): ManagedStatus;
  /** Calls the listener with what was done to the cluster. */
  onClusterChange(listener: ChangeListener): void;
  /** Begins; before that nothing is sent. */
  start(): void;
}

/** What a source is made of. */
export interface ManagedOptions extends Omit<ReplicaOptions, 'onLeaf' | 'onChange'> {
  /** Waits so many milliseconds; rejects when the signal says so before. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** The waits after failures, in milliseconds: short at first, because a replica that starts is waited for. */
const firstWait = 200;
const longestWait = 5_000;

/**
 * Makes the source. Until the cluster has answered once it serves a certificate that nobody trusts, and says why not:
 * probes must be answered whether there is an API server or not.
 */
export async function managedSource(options: ManagedOptions): Promise<ManagedSource> {
  const provisional = await selfSignedSource({ names: options.names });
  const listeners = {
    change: [] as ((material: TlsMaterial) => void)[],
    problem: [] as ((problem: string) => void)[],
    cluster: [] as ChangeListener[],
  };
  const replica = replicaOf({
    ...options,
    onLeaf: ({ material }: Leaf) => listeners.change.forEach((listener) => void listener(material)),
    onChange: (what, fields) => listeners.cluster.forEach((listener) => void listener(what, fields)),
  });
  const progress = { problem: undefined as string | undefined, failures: 0, inRow: 0, lastReconcile: 0 };
  const ending = new AbortController();
  const { wait = (ms, signal) => delay(ms, undefined, { signal, ref: false }) } = options;

  async function look(): Promise<void> {
    try {
      await replica.reconcile();
      if (progress.problem !== undefined) for (const tell of listeners.cluster) tell('the cluster answers again', {});
      Object.assign(progress, { problem: undefined, inRow: 0, lastReconcile: options.clock.now() });
    } catch (error) {
      const text = messageOf(error);
      // Once for each spell of failures, whatever they are: /readyz and the metrics tell the rest.
      if (progress.problem === undefined) for (const tell of listeners.problem) tell(text);
      Object.assign(progress, { problem: text, failures: progress.failures + 1, inRow: progress.inRow + 1 });
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await look();
      try {
        const isMissing = replica.current().size < options.configurations.length;
        await wait(waitAfter({ ...progress, isMissing }, options), ending.signal);
      } catch {
        return;
      }
    }
  }

  return {
    current: () => replica.leaf()?.material ?? provisional.current(),
    onChange: (listener) => void listeners.change.push(listener),
    onProblem: (listener) => void listeners.problem.push(listener),
    onClusterChange: (listener) => void listeners.cluster.push(listener),
    problem: () => progress.problem,
    status: () => statusOf(replica, progress),
    start: () => void run(),
    stop() {
      provisional.stop();
      ending.abort();
    },
  };
}

function waitAfter(
  { inRow, lastReconcile, isMissing }: Readonly<Record<'inRow' | 'lastReconcile', number> & { isMissing: boolean }>,
  { times, random }: Pick<ReplicaOptions, 'times' | 'random'>,
): number {
  const jitter = 0.9 + 0.2 * random();
  // A configuration is made without caBundle, and until it has one the API server can call nobody.
  if (inRow === 0) return (isMissing ? Math.min(longestWait, times.reconcile) : times.reconcile) * jitter;
  const longest = lastReconcile === 0 ? longestWait : times.reconcile;
  return Math.min(firstWait * 2 ** Math.min(inRow - 1, 20), longest, times.reconcile) * jitter;
}

function statusOf(
  replica: Replica,
  progress: {
    readonly problem: string | undefined;
    readonly failures: number;
    readonly lastReconcile: number;
  },
): ManagedStatus {
  const document = replica.document();
  const reason = progress.problem === undefined ? '' : `: ${progress.problem}`;
  const untrusted =
    replica.leaf() === undefined ? 'no certificate of the CA yet' : 'the CA is not in every caBundle yet';
  return {
    untrusted: replica.wasTrusted() ? undefined : `${untrusted}${reason}`,
    bundle: document === undefined ? undefined : bundleOf(document),
    caExpires: document?.signing.certificate.notAfter,
    failures: progress.failures,
    lastReconcile: progress.lastReconcile,
    current: replica.current(),
    repairs: replica.repairs(),
  };
}
