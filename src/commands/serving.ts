import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import { type Log, openLog } from '../record/log.ts';
import { decisionRecorder } from '../record/recorder.ts';
import { openSink, type Sink } from '../record/sink.ts';
import { type InflightBytes, inflightBytes } from '../server/limits.ts';
import { type Counts, countError, countRefusal, countReview, emptyCounts } from '../server/metrics.ts';
import type { ProbeOptions } from '../server/probes.ts';
import type { Observer } from '../server/review.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import { tellOfExpiries } from './expiries.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { ServeFlags } from './serve.ts';
import { programVersion } from './version.ts';

/** Everything that lives as long as the process. */
export interface Serving {
  readonly flags: ServeFlags;
  readonly version: string;
  /** The pod's name and an id of this process. */
  readonly instance: string;
  readonly sink: Sink;
  readonly log: Log;
  readonly configuration: LiveConfiguration;
  readonly certificates: CertificateSource;
  readonly counts: Counts;
  readonly inflight: InflightBytes;
  readonly state: { listening: boolean; draining: boolean };
}

/** Puts the parts together; nothing listens yet. */
export function composeServing(
  flags: ServeFlags,
  configuration: LiveConfiguration,
  certificates: CertificateSource,
): Serving {
  const version = programVersion();
  const instance = `${hostname()}-${randomBytes(4).toString('hex')}`;
  const sink = openSink({
    sync: () => configuration.current().journal.sync,
    onDrops: (lines) => log.warn({ lines }, 'lines of the record were lost'),
  });
  const log = openLog(sink, instance);
  const serving: Serving = {
    flags,
    version,
    instance,
    sink,
    log,
    configuration,
    certificates,
    counts: emptyCounts(),
    inflight: inflightBytes(flags.maxInflightBytes),
    state: { listening: false, draining: false },
  };
  tellOfReloads(serving);
  tellOfExpiries(log, configuration);
  return serving;
}

function tellOfReloads({ log, configuration, certificates }: Serving): void {
  configuration.onReload((problems) => {
    const configHash = configuration.current().hash;
    if (problems.length === 0) log.info({ configHash }, 'configuration reloaded');
    else log.error({ configHash, problems }, 'configuration not reloaded: the last good one stays in force');
  });
  certificates.onChange(({ fingerprint, expires }) => {
    log.info({ fingerprint, expires: new Date(expires).toISOString() }, 'certificate replaced');
  });
  certificates.onProblem((problem) => {
    log.error({ problem }, 'certificate not replaced: the last good one stays in use');
  });
}

/** Whom the server tells: the counts, the record and the log. */
export function observerOf({ flags, version, instance, sink, log, configuration, counts }: Serving): Observer {
  const record = decisionRecorder({
    sink,
    instance,
    version,
    authn: flags.clientCaFile === undefined ? 'none' : 'mtls',
    allows: () => configuration.current().journal.allows,
    clock: Date.now,
  });
  return {
    reviewed(outcome, facts) {
      countReview(counts, outcome, { at: Date.now(), seconds: facts.durationMs / 1000 });
      record(outcome, facts);
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

/** What the probes tell of this process. */
export function probesOf(serving: Serving): ProbeOptions {
  let registry: Promise<Registry> | undefined;
  return {
    unready: () => unreadiness(serving),
    details: () => shortcomings(serving),
    async metrics() {
      registry ??= registryOf(serving);
      const all = await registry;
      return { type: all.contentType, text: await all.metrics() };
    },
  };
}

function unreadiness({ certificates, state }: Serving): readonly string[] {
  const reasons: string[] = [];
  if (!state.listening) reasons.push('not listening yet');
  if (state.draining) reasons.push('shutting down');
  if (certificates.current().expires <= Date.now()) reasons.push('the certificate has expired');
  return reasons;
}

/** What is wrong though reviews are answered. */
function shortcomings({ certificates, configuration, sink }: Serving): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const problems = configuration.problems();
  if (problems.length > 0) found['configuration'] = problems.join('; ');
  const certificate = certificates.problem();
  if (certificate !== undefined) found['certificate'] = certificate;
  const record = sink.problem();
  if (record !== undefined) found['record'] = record;
  return found;
}

/** prom-client takes 50 ms to load: not before the webhook listens. */
async function registryOf(serving: Serving): Promise<Registry> {
  const { certificates, configuration, counts, inflight, sink, version } = serving;
  const { metricsRegistry } = await import('../server/exposition.ts');
  return metricsRegistry({
    counts,
    version,
    clock: Date.now,
    configurationHash: () => configuration.current().hash,
    exemptions: () => configuration.current().exemptions,
    reloadFailures: configuration.reloadFailures,
    lastReload: configuration.lastLoaded,
    certificateExpiries: () => expiriesOf(certificates),
    certificateIsCurrent: () => certificates.problem() === undefined,
    inflightBytes: () => inflight.used,
    droppedRecords: sink.dropped,
  });
}

function expiriesOf(certificates: CertificateSource): Readonly<Record<string, number>> {
  const { expires, clientCaExpires } = certificates.current();
  return clientCaExpires === undefined ? { serving: expires } : { serving: expires, 'client-ca': clientCaExpires };
}
