import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ExemptionNotice } from '../config/policy.ts';
import type { ShippingReadings } from '../journal/ship/shipper.ts';
import { type Cells, type Counts, durationBounds } from './metrics.ts';

/** What is read when somebody asks for the metrics. */
export interface Readings {
  readonly counts: Counts;
  readonly version: string;
  readonly clock: () => number;
  readonly configurationHash: () => string;
  readonly exemptions: () => readonly ExemptionNotice[];
  readonly reloadFailures: () => number;
  /** Whether the newest configuration could be taken. */
  readonly configurationIsCurrent: () => boolean;
  /** Milliseconds since the epoch. */
  readonly lastReload: () => number;
  /** Milliseconds since the epoch, by kind. */
  readonly certificateExpiries: () => Readonly<Record<string, number>>;
  readonly certificateIsCurrent: () => boolean;
  readonly inflightBytes: () => number;
  readonly inflightBytesLimit: number;
  readonly droppedRecords: () => number;
  /** Only where the CA is in the cluster. */
  readonly cluster?: () => ClusterReadings;
  /** Only where reviews are traced. */
  readonly spans?: () => { readonly exported: number; readonly dropped: number };
  /** Only with a journal. */
  readonly journal?: () => ShippingReadings;
}

/** How the CA in the cluster is. */
interface ClusterReadings {
  readonly failures: number;
  /** Milliseconds since the epoch; 0 for never. */
  readonly lastReconcile: number;
  readonly current: ReadonlyMap<string, boolean>;
  readonly repairs: ReadonlyMap<string, number>;
}

const week = 7 * 24 * 60 * 60 * 1000;

/** Builds the registry with everything that `/metrics` tells, the process and its event loop included. */
export function metricsRegistry(readings: Readings): Registry {
  const registry = new Registry();
  const { counts } = readings;
  const counter = (name: string, help: string, cells: () => Cells, labels: readonly string[] = []) =>
    counterOf(registry, { name: `pratique_${name}`, help, labels }, cells);
  counter('reviews_total', 'Reviews answered', () => counts.reviews, ['webhook', 'operation', 'decision', 'mode']);
  counter('findings_total', 'Findings judged, without old ones', () => counts.findings, ['check', 'action', 'outcome']);
  counter('inherited_findings_total', 'Findings that the object had before', () => counts.inheritedFindings, ['check']);
  counter('unchanged_updates_total', 'Updates of nothing that is judged', () => counts.unchangedUpdates, ['webhook']);
  counter(
    'exemption_uses_total',
    'Reviews that an exemption covered, of each in force',
    () => ofExemptions(readings, counts.exemptionUses),
    ['exemption'],
  );
  counter('break_glass_total', 'Reviews allowed by break-glass', () => counts.breakGlass);
  counter('unjudged_kinds_total', 'Reviews of kinds that are not judged', () => counts.unjudgedKinds, ['kind']);
  counter('unreadable_reviews_total', 'Reviews that could not be read', () => counts.unreadableReviews, ['reason']);
  counter('rejected_requests_total', 'Requests without a review', () => counts.refusedRequests, ['code', 'reason']);
  counter('internal_errors_total', 'Errors of the webhook itself', () => counts.internalErrors);
  counter('configuration_reload_failures_total', 'Reloads that failed', () => only(readings.reloadFailures()));
  counter('records_dropped_total', 'Lines of the record that were lost', () => only(readings.droppedRecords()));
  registerDurations(registry, counts);
  registerGauges(registry, readings);
  if (readings.cluster !== undefined) registerCluster(registry, readings.cluster);
  const { spans } = readings;
  if (spans !== undefined) {
    counter('spans_exported_total', 'Spans that the collector has taken', () => only(spans().exported));
    counter('spans_dropped_total', 'Spans that were lost', () => only(spans().dropped));
  }
  if (readings.journal !== undefined) registerJournal(registry, readings.journal);
  collectDefaultMetrics({ register: registry });
  return registry;
}

function counterOf(
  registry: Registry,
  { name, help, labels }: { readonly name: string; readonly help: string; readonly labels: readonly string[] },
  cells: () => Cells,
): void {
  new Counter({
    name,
    help: `${help}.`,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, count] of cells()) this.inc(labelled(labels, key), count);
    },
  });
}

/** prom-client cannot be handed sums of a histogram, so its own reading is replaced by one of our cells. */
function registerDurations(registry: Registry, counts: Counts): void {
  const name = 'pratique_review_duration_seconds';
  const help = 'From the head of a request to the answer.';
  const histogram = new Histogram({ name, help, labelNames: ['webhook'], registers: [registry] });
  // What both of its readings, as text and as JSON, are made of; prom-client's types leave it out.
  const source = histogram as unknown as { getForPromString: typeof histogram.get };
  const own = source.getForPromString.bind(histogram);
  source.getForPromString = async () => ({ ...(await own()), values: durationValues(name, counts) });
}

type HistogramValue = Awaited<ReturnType<Histogram<'webhook'>['get']>>['values'][number];

function durationValues(name: string, counts: Counts): HistogramValue[] {
  return Object.entries(counts.durations).flatMap(([webhook, durations]) => {
    let count = 0;
    const values: HistogramValue[] = [...durationBounds, '+Inf'].map((le, index) => {
      count += durations.counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, webhook }, value: count } as HistogramValue;
    });
    values.push({ metricName: `${name}_sum`, labels: { webhook }, value: durations.sum });
    values.push({ metricName: `${name}_count`, labels: { webhook }, value: count });
    return values;
  });
}

function gaugeOf(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `pratique_${name}`,
    help: `${help}.`,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function registerGauges(registry: Registry, readings: Readings): void {
  const gauge = (name: string, help: string, read: () => number) => gaugeOf(registry, name, help, read);
  labelledGauge(registry, 'configuration_info', 'The configuration in use, by its hash', 'hash', () => ({
    [readings.configurationHash()]: 1,
  }));
  labelledGauge(registry, 'build_info', 'The program in use, by its version', 'version', () => ({
    [readings.version]: 1,
  }));
  labelledGauge(registry, 'certificate_expiry_seconds', 'When a certificate expires (Unix time)', 'kind', () =>
    inSeconds(readings.certificateExpiries()),
  );
  gauge('certificate_current', 'Whether the newest certificate could be taken', () =>
    Number(readings.certificateIsCurrent()),
  );
  gauge('configuration_current', 'Whether the newest configuration could be taken', () =>
    Number(readings.configurationIsCurrent()),
  );
  gauge(
    'configuration_last_success_timestamp_seconds',
    'When a configuration was last loaded (Unix time)',
    () => readings.lastReload() / 1000,
  );
  gauge('exemptions_expired', 'Exemptions that have expired and exempt nothing', () =>
    exemptionsThat(readings, (left) => left < 0),
  );
  gauge('exemptions_expiring', 'Exemptions that expire within seven days', () =>
    exemptionsThat(readings, (left) => left >= 0 && left <= week),
  );
  labelledGauge(
    registry,
    'exemption_last_use_timestamp_seconds',
    'When an exemption was last used (Unix time), 0 for never since the start',
    'exemption',
    () => {
      const times = ofExemptions(readings, readings.counts.exemptionLastUses);
      return Object.fromEntries([...times].map(([name, time]) => [name, time / 1000]));
    },
  );
  gauge('inflight_bytes', 'Bytes of request bodies that are held or awaited', readings.inflightBytes);
  gauge('inflight_bytes_limit', 'Bytes in flight above which requests are refused', () => readings.inflightBytesLimit);
}

function registerCluster(registry: Registry, read: () => ClusterReadings): void {
  const failures = {
    name: 'pratique_tls_reconcile_failures_total',
    help: 'Looks at the Secret and the caBundles that failed',
  };
  counterOf(registry, { ...failures, labels: [] }, () => only(read().failures));
  const repairs = { name: 'pratique_ca_bundle_repairs_total', help: 'How often a caBundle had to be set' };
  counterOf(registry, { ...repairs, labels: ['configuration'] }, () => new Map(read().repairs));
  const current = { name: 'ca_bundle_current', help: 'Whether the caBundle is that of the Secret' };
  labelledGauge(registry, current.name, current.help, 'configuration', () =>
    Object.fromEntries([...read().current].map(([configuration, is]) => [configuration, Number(is)])),
  );
  gaugeOf(
    registry,
    'tls_last_reconcile_timestamp_seconds',
    'When Secret and caBundles were last looked at without a failure (Unix time), 0 for never',
    () => read().lastReconcile / 1000,
  );
}

function registerJournal(registry: Registry, read: () => ShippingReadings): void {
  const counter = (name: string, help: string, cells: () => Cells, labels: readonly string[] = []) =>
    counterOf(registry, { name: `pratique_shipping_${name}`, help, labels }, cells);
  counter('records_total', 'Records that the journal has', () => only(read().shipped));
  counter(
    'dropped_records_total',
    'Records that the journal did not get',
    () => new Map(Object.entries(read().dropped)),
    ['reason'],
  );
  counter('retries_total', 'Requests to the journal that failed', () => only(read().retries));
  const gauge = (name: string, help: string, value: (readings: ShippingReadings) => number) =>
    gaugeOf(registry, `shipping_${name}`, help, () => value(read()));
  gauge('queue_lines', 'Lines that wait for the journal', ({ queueLines }) => queueLines);
  gauge('queue_bytes', 'Memory of the lines that wait for the journal', ({ queueBytes }) => queueBytes);
  gauge(
    'last_success_timestamp_seconds',
    'When the journal last took something (Unix time), 0 for never',
    ({ lastSuccess }) => lastSuccess / 1000,
  );
}

function labelledGauge(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Readonly<Record<string, number>>,
): void {
  new Gauge({
    name: `pratique_${name}`,
    help: `${help}.`,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, number] of Object.entries(read())) this.set({ [label]: value }, number);
    },
  });
}

/**
 * What was counted of each exemption of the configuration in force: 0 for one that was never used, so that it is seen;
 * nothing of one that has left, so that reloads do not add up.
 */
function ofExemptions({ exemptions }: Readings, cells: Cells): Cells {
  return new Map(exemptions().map(({ name }) => [name, cells.get(name) ?? 0]));
}

/** How many exemptions have so many milliseconds left. */
function exemptionsThat(readings: Readings, hold: (left: number) => boolean): number {
  const now = readings.clock();
  return readings.exemptions().filter(({ expires }) => hold(expires - now)).length;
}

function inSeconds(times: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(times).map(([kind, time]) => [kind, Math.round(time / 1000)]));
}

function only(count: number): Cells {
  return new Map([['', count]]);
}

function labelled(labels: readonly string[], key: string): Record<string, string> {
  const values = key.split('\t');
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
}
