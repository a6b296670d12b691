import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Log, openLog } from '../record/log.ts';
import { type DecisionRecorder, decisionRecorder } from '../record/recorder.ts';
import { openSink, type Sink } from '../record/sink.ts';
import { type InflightBytes, inflightBytes } from '../server/limits.ts';
import { type Counts, countError, countRefusal, countReview, emptyCounts } from '../server/metrics.ts';
import type { Observer } from '../server/review.ts';
import type { Tracing } from '../server/tracing.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import type { ClusterTls } from './cluster-tls.ts';
import { tellOfExpiries } from './expiries.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { ServeFlags } from './serve.ts';
import type { StartTracing } from './serve-tracing.ts';
import type { Shipping } from './shipping.ts';
import { programVersion } from './version.ts';

/** Where the certificate comes from. */
export interface Certificates {
  readonly source: CertificateSource;
  /** Only with a CA in the cluster: what is below `source`. */
  readonly managed: ClusterTls | undefined;
}

/** What had to be loaded before the parts can be put together. */
export interface Loaded {
  readonly configuration: LiveConfiguration;
  readonly certificates: Certificates;
  readonly startTracing: StartTracing;
  /** Undefined without a journal. */
  readonly openShipping: ((serving: () => Serving) => Shipping) | undefined;
}

/** Everything that lives as long as the process. */
export interface Serving {
  readonly flags: ServeFlags;
  readonly version: string;
  /** The pod's name and an id of this process. */
  readonly instance: string;
  /** When the process started, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly sink: Sink;
  readonly log: Log;
  readonly recorder: DecisionRecorder;
  /** Only with a journal. */
  readonly shipping: Shipping | undefined;
  readonly configuration: LiveConfiguration;
  readonly certificates: CertificateSource;
  readonly managed: ClusterTls | undefined;
  readonly counts: Counts;
  readonly inflight: InflightBytes;
  /** Only with --otlp-endpoint. */
  readonly tracing: Tracing | undefined;
  /** `port` is undefined until the webhook listens. */
  readonly state: { port: number | undefined; draining: boolean };
}

/** Puts the parts together; nothing listens yet. */
export function composeServing(
  flags: ServeFlags,
  { configuration, certificates: { source: certificates, managed }, startTracing, openShipping }: Loaded,
): Serving {
  const version = programVersion();
  const instance = `${hostname()}-${randomBytes(4).toString('hex')}`;
  const sink = openSink({
    sync: () => configuration.current().journal.sync,
    onDrops: (lines) => log.warn({ lines }, 'lines of the record were lost'),
  });
  const log = openLog(sink, instance);
  const shipping = openShipping?.(() => serving);
  const recorder = decisionRecorder({
    sink: shipping === undefined ? sink : both(sink, shipping),
    instance,
    version,
    authn: flags.clientCaFile === undefined ? 'none' : 'mtls',
    allows: () => configuration.current().journal.allows,
    clock: Date.now,
  });
  const serving: Serving = {
    flags,
    version,
    instance,
    startedAt: Date.now(),
    sink,
    log,
    recorder,
    shipping,
    configuration,
    certificates,
    managed,
    counts: emptyCounts(),
    inflight: inflightBytes(flags.maxInflightBytes),
    tracing: startTracing?.({
      version,
      instance,
      onDrops: (spans, problem) => log.warn({ spans, problem }, 'spans were lost'),
    }),
    state: { port: undefined, draining: false },
  };
  tellOfReloads(serving);
  tellOfExpiries(log, configuration);
  return serving;
}

/** The log first: what the journal does not get is found there. */
function both(sink: Sink, shipping: Shipping): Pick<Sink, 'write'> {
  return {
    write(line) {
      sink.write(line);
      shipping.put(line);
    },
  };
}

function tellOfReloads({ log, configuration, certificates, managed }: Serving): void {
  configuration.onReload((problems) => {
    const configHash = configuration.current().hash;
    if (problems.length === 0) log.info({ configHash }, 'configuration reloaded');
    else log.error({ configHash, problems }, 'configuration not reloaded: the last good one stays in force');
  });
  certificates.onChange(({ fingerprint, expires }) => {
    log.info({ fingerprint, expires: new Date(expires).toISOString() }, 'certificate replaced');
  });
  certificates.onProblem((problem) => {
    if (managed === undefined) log.error({ problem }, 'certificate not replaced: the last good one stays in use');
    else log.error({ problem }, 'Secret and caBundles could not be looked after: what is remembered stays in use');
  });
  managed?.source.onClusterChange((what, fields) => log.info(fields, what));
}

/** Whom the server tells: the counts, the record and the log. */
export function observerOf({ log, recorder, counts, tracing }: Serving): Observer {
  return {
    reviewed(outcome, facts) {
      countReview(counts, outcome, { at: Date.now(), seconds: facts.durationMs / 1000 });
      recorder.record(outcome, facts);
      tracing?.reviewed(outcome, facts);
      if (outcome.problem === undefined) return;
      const { webhook, problem, response } = outcome;
      log.error({ uid: response.uid, webhook, problem: problem.slice(0, 1000) }, 'a review could not be judged');
    },
    refused: (refusal) => countRefusal(counts, refusal),
    failed(error) {
      countError(counts);
      log.error({ err: error }, 'internal error');
    },
  };
}
