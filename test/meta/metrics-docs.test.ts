import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { journalMetrics } from '../../src/journal/server/metrics.ts';
import { metricsRegistry } from '../../src/server/exposition.ts';
import { emptyCounts } from '../../src/server/metrics.ts';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

test('the docs tell of every metric, with its type and its labels, and of no other', () => {
  const told = [...page.matchAll(/^\| `(pratique_\w+)` \| (\w+) \| (.*?) ?\|/gm)].map(
    ([, name, type, labels = '']) => `${name} ${type} ${labels.replaceAll(/[`,]/g, '')}`,
  );
  expect(told.toSorted()).toEqual(exposed().toSorted());
});

/** Name, type and labels of each metric of our own. */
function exposed(): readonly string[] {
  const registry = metricsRegistry({
    counts: emptyCounts(),
    version: '1.2.3',
    clock: () => 0,
    configurationHash: () => 'abc',
    exemptions: () => [],
    reloadFailures: () => 0,
    configurationIsCurrent: () => true,
    lastReload: () => 0,
    certificateExpiries: () => ({}),
    certificateIsCurrent: () => true,
    inflightBytes: () => 0,
    inflightBytesLimit: 0,
    droppedRecords: () => 0,
    cluster: () => ({ failures: 0, lastReconcile: 0, current: new Map(), repairs: new Map() }),
    spans: () => ({ exported: 0, dropped: 0 }),
    journal: () => ({
      shipped: 0,
      dropped: { full: 0, shutdown: 0, refused: 0 },
      retries: 0,
      queueLines: 0,
      queueBytes: 0,
      lastSuccess: 0,
      problem: undefined,
    }),
  });
  const journal = journalMetrics({
    version: '1.2.3',
    size: async () => 0,
    replicas: async () => ({ ages: [], silent: 0, missing: 0 }),
    certificateExpiry: () => 0,
    retention: () => undefined,
  });
  // What prom-client's types leave out of a metric, though every one has it.
  const metrics = [registry, journal.registry].flatMap((one) =>
    one.getMetricsAsArray(),
  ) as unknown as readonly Metric[];
  return metrics
    .filter(({ name }) => name.startsWith('pratique_'))
    .map((metric) => `${metric.name} ${metric.constructor.name.toLowerCase()} ${metric.labelNames.join(' ')}`);
}

interface Metric {
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly constructor: { readonly name: string };
}
