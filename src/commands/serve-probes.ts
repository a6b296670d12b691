import type { Registry } from 'prom-client';
import type { ProbeOptions } from '../server/probes.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import { selfConnect, sparingly } from '../tls/self-connect.ts';
import type { Serving } from './serving.ts';

/** What the probes tell of this process. */
export function probesOf(serving: Serving): ProbeOptions {
  let registry: Promise<Registry> | undefined;
  const reached = sparingly(() => connectionToItself(serving));
  return {
    unready: async () => {
      const reasons = unreadiness(serving);
      const problem = reasons.length === 0 ? await reached() : undefined;
      return problem === undefined ? reasons : [problem];
    },
    details: () => shortcomings(serving),
    async metrics() {
      registry ??= registryOf(serving);
      const all = await registry;
      return { type: all.contentType, text: await all.metrics() };
    },
  };
}

function unreadiness({ certificates, managed, state }: Serving): readonly string[] {
  const reasons: string[] = [];
  if (state.port === undefined) reasons.push('not listening yet');
  if (state.draining) reasons.push('shutting down');
  if (certificates.current().expires <= Date.now()) reasons.push('the certificate has expired');
  const untrusted = managed?.source.status().untrusted;
  if (untrusted !== undefined) reasons.push(untrusted);
  return reasons;
}

/** What is wrong with a connection that is made as the API server makes it; undefined when nothing is. */
async function connectionToItself({ certificates, flags, managed, state }: Serving): Promise<string | undefined> {
  const bundle = managed?.source.status().bundle;
  return selfConnect({
    // Not localhost, which a node's /etc/hosts need not hold; a server on all addresses has this one too.
    host: flags.host ?? '127.0.0.1',
    port: state.port ?? 0,
    fingerprint: () => certificates.current().fingerprint,
    ...(managed === undefined || bundle === undefined ? {} : { trust: { bundle, serverName: managed.serverName } }),
  });
}

/** What is wrong though reviews are answered. */
function shortcomings({
  certificates,
  configuration,
  shipping,
  sink,
  tracing,
}: Serving): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const problems = configuration.problems();
  if (problems.length > 0) found['configuration'] = problems.join('; ');
  const certificate = certificates.problem();
  if (certificate !== undefined) found['certificate'] = certificate;
  const record = sink.problem();
  if (record !== undefined) found['record'] = record;
  const spans = tracing?.problem();
  if (spans !== undefined) found['tracing'] = spans;
  const journal = shipping?.readings().problem;
  if (journal !== undefined) found['journal'] = journal;
  return found;
}

/** prom-client takes 50 ms to load: not before the webhook listens. */
async function registryOf(serving: Serving): Promise<Registry> {
  const { certificates, configuration, counts, inflight, managed, shipping, sink, tracing, version } = serving;
  const { metricsRegistry } = await import('../server/exposition.ts');
  return metricsRegistry({
    counts,
    version,
    clock: Date.now,
    configurationHash: () => configuration.current().hash,
    exemptions: () => configuration.current().exemptions,
    reloadFailures: configuration.reloadFailures,
    configurationIsCurrent: () => configuration.problems().length === 0,
    lastReload: configuration.lastLoaded,
    certificateExpiries: () => expiriesOf(certificates, managed?.source.status().caExpires),
    certificateIsCurrent: () => certificates.problem() === undefined,
    inflightBytes: () => inflight.used,
    inflightBytesLimit: inflight.cap,
    droppedRecords: sink.dropped,
    ...(managed === undefined ? {} : { cluster: managed.source.status }),
    ...(tracing === undefined ? {} : { spans: tracing.counts }),
    ...(shipping === undefined ? {} : { journal: shipping.readings }),
  });
}

function expiriesOf(certificates: CertificateSource, ca: number | undefined): Readonly<Record<string, number>> {
  const { expires, clientCaExpires } = certificates.current();
  return {
    serving: expires,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCaExpires === undefined ? {} : { 'client-ca': clientCaExpires }),
  };
}
