import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Retained } from '../store/store.ts';
import type { JournalObserver } from './app.ts';
import type { ReplicaReadings } from './replicas.ts';

/** What is read when somebody asks for the metrics. Rejections leave the gauge out. */
export interface JournalReadings {
  readonly version: string;
  /** Bytes. */
  readonly size: () => Promise<number>;
  readonly replicas: () => Promise<ReplicaReadings>;
  /** Milliseconds since the epoch. */
  readonly certificateExpiry: () => number;
  /** What retention last did, and when; undefined before the first time. */
  readonly retention: () => { readonly at: number; readonly retained: Retained } | undefined;
}

/** The metrics of the journal's server, and what counts them. */
export interface JournalMetrics {
  readonly registry: Registry;
  readonly observer: Pick<JournalObserver, 'answered' | 'authenticated' | 'stored' | 'storeFailed'>;
  /** Counts a time that retention failed. */
  retentionFailed(): void;
}

const insertBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** Builds the registry with everything that the journal's `/metrics` tells. What alerts watch is there with 0 from the start. */
export function journalMetrics(readings: JournalReadings): JournalMetrics {
  const registry = new Registry();
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({
      name: `pratique_journal_${name}`,
      help: `${help}.`,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const stored = counter('records_stored_total', 'Records stored');
  const duplicates = counter('records_duplicate_total', 'Records that were stored before');
  const refused = counter('lines_refused_total', 'Lines not taken', ['reason']);
  const requests = counter('requests_total', 'Requests answered', ['code']);
  const callers = counter('authentications_total', 'Callers by what their token is good for', ['outcome']);
  const failures = counter('store_failures_total', 'Batches that the store did not take');
  const retention = counter('retention_failures_total', 'Times that old records could not be removed');
  for (const reason of ['unreadable', 'expired', 'ahead']) refused.inc({ reason }, 0);
  for (const outcome of ['writer', 'unauthenticated', 'forbidden', 'unavailable']) callers.inc({ outcome }, 0);
  const seconds = new Histogram({
    name: 'pratique_journal_insert_seconds',
    help: 'From the parsed lines of a request until they are stored.',
    buckets: insertBounds,
    registers: [registry],
  });
  registerGauges(registry, readings);
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    retentionFailed: () => retention.inc(),
    observer: {
      answered: (status) => requests.inc({ code: String(status) }),
      authenticated: ({ kind }) => callers.inc({ outcome: kind }),
      stored(batch, inserted, took) {
        stored.inc(inserted.stored);
        duplicates.inc(inserted.duplicates);
        refused.inc({ reason: 'unreadable' }, batch.refused.length);
        refused.inc({ reason: 'expired' }, inserted.expired);
        refused.inc({ reason: 'ahead' }, inserted.ahead);
        seconds.observe(took);
      },
      storeFailed: () => failures.inc(),
    },
  };
}

function registerGauges(registry: Registry, readings: JournalReadings): void {
  const gauge = (name: string, help: string, read: () => Promise<number | undefined> | number | undefined) =>
    new Gauge({
      name: `pratique_${name}`,
      help: `${help}.`,
      registers: [registry],
      async collect() {
        this.remove();
        const value = await read();
        if (value !== undefined) this.set(value);
      },
    });
  const replicas = () => readings.replicas().catch(() => undefined);
  gauge('journal_store_bytes', 'Size of the store', () => readings.size().catch(() => undefined));
  gauge('journal_missing_records', 'Records that were made and never came, of what is remembered', async () => {
    return (await replicas())?.missing;
  });
  gauge('journal_silent_replicas', 'Replicas that ended without saying so, or cannot be heard', async () => {
    return (await replicas())?.silent;
  });
  gauge('journal_retention_timestamp_seconds', 'When old records were last removed (Unix time)', () => {
    return (readings.retention()?.at ?? 0) / 1000;
  });
  gauge('journal_horizon_timestamp_seconds', 'There are no records from before (Unix time)', () => {
    return (readings.retention()?.retained.horizon ?? 0) / 1000;
  });
  gauge('journal_certificate_expiry_seconds', 'When the serving certificate expires (Unix time)', () => {
    return Math.round(readings.certificateExpiry() / 1000);
  });
  new Gauge({
    name: 'pratique_journal_heartbeat_age_seconds',
    help: 'Since the last heartbeat of a replica that has not said that it ends.',
    labelNames: ['replica'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { name, seconds } of (await replicas())?.ages ?? []) this.set({ replica: name }, seconds);
    },
  });
  new Gauge({
    name: 'pratique_journal_build_info',
    help: 'The program in use, by its version.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: readings.version }, 1);
}
