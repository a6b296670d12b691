import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf } from '../config/problem.ts';
import type { JournalObserver } from '../journal/server/app.ts';
import type { Authenticate } from '../journal/server/authenticate.ts';
import { type JournalMetrics, journalMetrics } from '../journal/server/metrics.ts';
import { replicaReadings } from '../journal/server/replicas.ts';
import type { JournalStore, Retained } from '../journal/store/store.ts';
import { type Log, openLog } from '../record/log.ts';
import { openSink, type Sink } from '../record/sink.ts';
import type { ProbeOptions } from '../server/probes.ts';
import type { JournalServeFlags } from './journal-serve.ts';
import type { Certificates } from './serving.ts';
import { programVersion } from './version.ts';

/** Everything that lives as long as the journal's process. */
export interface Journal {
  readonly flags: JournalServeFlags;
  readonly version: string;
  readonly sink: Sink;
  readonly log: Log;
  readonly certificates: Certificates;
  readonly store: JournalStore;
  readonly authenticate: Authenticate;
  readonly metrics: JournalMetrics;
  /** What ends before the store is closed, in this order. */
  readonly stops: (() => unknown)[];
  readonly state: JournalState;
}

interface JournalState {
  isListening: boolean;
  draining: boolean;
  /** Why the store last took nothing; undefined once it took something again. */
  storeProblem: string | undefined;
  retention: { readonly at: number; readonly retained: Retained } | undefined;
}

/** Soon, for one that is started anew each time before its ten minutes are over. */
const firstRetention = 5_000;
const retentionInterval = 10 * 60_000;
const noteInterval = 60_000;

/** Puts the parts together; nothing listens yet. */
export function composeJournal(
  flags: JournalServeFlags,
  { authenticate, certificates, store }: Pick<Journal, 'authenticate' | 'certificates' | 'store'>,
): Journal {
  const version = programVersion();
  const sink = openSink();
  const log = openLog(sink, `${hostname()}-${randomBytes(4).toString('hex')}`);
  const state: JournalState = { isListening: false, draining: false, storeProblem: undefined, retention: undefined };
  const metrics = journalMetrics({
    version,
    size: () => store.size(),
    replicas: () => replicaReadings(store, Date.now()),
    certificateExpiry: () => certificates.source.current().expires,
    retention: () => state.retention,
  });
  const stops: (() => unknown)[] = [];
  const journal = { flags, version, sink, log, certificates, store, authenticate, metrics, stops, state };
  tellOfCertificates(journal);
  removeOld(journal);
  return journal;
}

function tellOfCertificates({ certificates, log }: Journal): void {
  certificates.source.onChange(({ fingerprint, expires }) => {
    log.info({ fingerprint, expires: new Date(expires).toISOString() }, 'certificate replaced');
  });
  certificates.source.onProblem((problem) => log.error({ problem }, 'certificate not replaced'));
  certificates.managed?.source.onClusterChange((what, fields) => log.info(fields, what));
}

/** Removes what is too old, or too much, every ten minutes; one run at a time, of which the end is awaited. */
function removeOld({ flags, log, metrics, state, stops, store }: Journal): void {
  let running: Promise<void> | undefined;
  const limits = { maxAge: flags.retention, ...(flags.maxSize === undefined ? {} : { maxBytes: flags.maxSize }) };
  const run = async () => {
    try {
      const retained = await store.enforceRetention(limits);
      state.retention = { at: Date.now(), retained };
      if (retained.removed > 0) log.info({ removed: retained.removed }, 'old records were removed');
    } catch (error) {
      metrics.retentionFailed();
      log.error({ err: error }, 'old records could not be removed');
    }
    running = undefined;
  };
  const start = () => {
    running ??= run();
  };
  const first = setTimeout(start, firstRetention).unref();
  const timer = setInterval(start, retentionInterval).unref();
  stops.push(async () => {
    clearTimeout(first);
    clearInterval(timer);
    await running;
  });
}

/** Whom the server tells: the metrics, and the log, at most once a minute of each thing that goes on. */
export function journalObserver({ log, metrics, state }: Journal): JournalObserver {
  const told = new Map<string, number>();
  const sparingly = (what: string, fields: object): void => {
    const now = performance.now();
    if (now - (told.get(what) ?? Number.NEGATIVE_INFINITY) < noteInterval) return;
    told.set(what, now);
    log.warn(fields, what);
  };
  return {
    answered: metrics.observer.answered,
    authenticated(verdict) {
      metrics.observer.authenticated(verdict);
      if (verdict.kind === 'unavailable') sparingly('tokens cannot be reviewed', { problem: verdict.problem });
      if (verdict.kind === 'forbidden') sparingly('somebody who is no writer was refused', { user: verdict.name });
      if (verdict.kind === 'unauthenticated') sparingly('somebody without a valid token was refused', {});
    },
    stored(batch, inserted, seconds) {
      metrics.observer.stored(batch, inserted, seconds);
      const [refused] = batch.refused;
      if (refused !== undefined) sparingly('lines were refused', { lines: batch.refused.length, ...refused });
      if (inserted.expired > 0)
        sparingly('records from before the retention were refused', { records: inserted.expired });
      if (inserted.ahead > 0)
        sparingly('records dated more than a day ahead were refused', { records: inserted.ahead });
      if (state.storeProblem !== undefined) log.info('the store takes records again');
      state.storeProblem = undefined;
    },
    storeFailed(error) {
      metrics.observer.storeFailed(error);
      const problem = messageOf(error);
      if (problem !== state.storeProblem) log.error({ problem }, 'the store took nothing of a batch: webhooks keep it');
      state.storeProblem = problem;
    },
  };
}

/** What the probes tell of the journal's process. */
export function journalProbes({ certificates, metrics, state }: Journal): ProbeOptions {
  return {
    async unready() {
      const reasons: string[] = [];
      if (!state.isListening) reasons.push('not listening yet');
      if (state.draining) reasons.push('shutting down');
      const untrusted = certificates.managed?.source.status().untrusted;
      if (untrusted !== undefined) reasons.push(untrusted);
      if (certificates.source.current().expires <= Date.now()) reasons.push('the certificate has expired');
      return reasons;
    },
    details() {
      const certificate = certificates.source.problem();
      return {
        ...(state.storeProblem === undefined ? {} : { store: state.storeProblem }),
        ...(certificate === undefined ? {} : { certificate }),
      };
    },
    metrics: async () => ({ type: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  };
}
