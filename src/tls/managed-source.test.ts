import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { type CaCluster, caCluster, caConfigurations, type Fault } from '../../test/harness/ca-cluster.ts';
import { type ManagedSource, managedSource } from './managed-source.ts';

const day = 24 * 60 * 60 * 1000;
const start = Date.UTC(2026, 0, 1);
const sources: ManagedSource[] = [];

afterEach(() => {
  for (const source of sources.splice(0)) source.stop();
});

interface Watched {
  readonly source: ManagedSource;
  readonly problems: string[];
  readonly changes: string[];
  readonly fingerprints: string[];
  /** How often it looked. */
  readonly looks: { count: number };
  /** How long it waited between them, in milliseconds. */
  readonly waits: number[];
}

async function started(cluster: CaCluster, fault: () => Fault): Promise<Watched> {
  const looks = { count: 0 };
  const waits: number[] = [];
  const source = await managedSource({
    store: cluster.store((call) => {
      if (call === 'read validating') looks.count += 1;
      return fault();
    }),
    configurations: caConfigurations,
    names: ['pratique.pratique.svc'],
    times: { caLifetime: 300 * day, leafLifetime: 30 * day, overlap: 300_000, reconcile: 60_000 },
    clock: { now: () => cluster.time, elapsed: () => performance.now() },
    random: () => 0.5,
    wait: async (ms, signal) => {
      waits.push(ms);
      await delay(Math.min(ms, 5));
      signal.throwIfAborted();
    },
  });
  sources.push(source);
  const watched: Watched = { source, problems: [], changes: [], fingerprints: [], looks, waits };
  source.onProblem((problem) => watched.problems.push(problem));
  source.onClusterChange((what) => watched.changes.push(what));
  source.onChange(({ fingerprint }) => watched.fingerprints.push(fingerprint));
  source.start();
  return watched;
}

test('until the API server answers it is asked after 0.2 s, then ever less often, and one problem is told', async () => {
  const cluster = caCluster(start);
  let away = true;
  const watched = await started(cluster, () => (away ? 'before' : 'none'));
  await vi.waitFor(() => expect(watched.waits.length).toBeGreaterThan(7));
  expect(watched.waits.slice(0, 8)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(watched.problems).toEqual(['read validating: no answer after 5 s']);
  const { untrusted, failures, lastReconcile, bundle } = watched.source.status();
  expect(untrusted).toBe('no certificate of the CA yet: read validating: no answer after 5 s');
  expect({ lastReconcile, bundle }).toEqual({ lastReconcile: 0, bundle: undefined });
  expect(failures).toBeGreaterThan(7);
  // Probes are answered all the same, and something must be served meanwhile.
  expect(watched.source.current().cert).toContain('BEGIN CERTIFICATE');
  away = false;
  await vi.waitFor(() => expect(watched.waits.at(-1)).toBe(60_000));
  away = true;
  watched.waits.length = 0;
  await vi.waitFor(() => expect(watched.waits.length).toBeGreaterThan(10));
  expect(watched.waits.filter((ms) => ms < 60_000).at(-1)).toBe(51_200);
});

test('once trusted it stays trusted while the API server is away, and tells that once each time', async () => {
  const cluster = caCluster(start);
  let away = false;
  const watched = await started(cluster, () => (away ? 'before' : 'none'));
  await vi.waitFor(() => expect(watched.source.status().untrusted).toBeUndefined());
  expect(watched.fingerprints).toEqual([watched.source.current().fingerprint]);
  expect(watched.changes).toEqual(['the CA was changed in its Secret', 'the caBundle was set', 'the caBundle was set']);
  away = true;
  await vi.waitFor(() => expect(watched.source.status().failures).toBeGreaterThan(2));
  expect(watched.problems).toHaveLength(1);
  expect(watched.source.problem()).toContain('no answer');
  expect(watched.source.status().untrusted).toBeUndefined();
  away = false;
  await vi.waitFor(() => expect(watched.changes.at(-1)).toBe('the cluster answers again'));
  expect(watched.source.problem()).toBeUndefined();
  away = true;
  await vi.waitFor(() => expect(watched.problems).toHaveLength(2));
});

test('while a configuration is missing it looks every five seconds, since that is made without a caBundle', async () => {
  const cluster = caCluster(start);
  const watched = await started(cluster, () => 'none');
  await vi.waitFor(() => expect(watched.waits.at(-1)).toBe(60_000));
  cluster.setWebhooks('mutating', undefined);
  await vi.waitFor(() => expect(watched.waits.at(-1)).toBe(5_000));
  cluster.setWebhooks('mutating', 2);
  await vi.waitFor(() => expect(watched.waits.at(-1)).toBe(60_000));
  expect(watched.changes.filter((what) => what === 'the caBundle was set')).toHaveLength(3);
});

test('after it was stopped nobody is asked any more', async () => {
  const cluster = caCluster(start);
  const watched = await started(cluster, () => 'none');
  await vi.waitFor(() => expect(watched.looks.count).toBeGreaterThan(1));
  watched.source.stop();
  const { count } = watched.looks;
  await delay(100);
  expect(watched.looks.count).toBeLessThanOrEqual(count + 1);
});
