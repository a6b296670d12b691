import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type JournalProcess,
  journalFilesIn,
  shippingArguments,
  startJournalProcess,
} from '../harness/journal-process.ts';
import { alertsFile, dashboardQueries, readAlerts, readDashboard } from '../harness/monitoring-files.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { type PrometheusServer, type QueryNode, startPrometheus } from '../harness/prometheus-server.ts';
import { waitFor } from '../harness/waiting.ts';
import type { WebhookProcess } from '../harness/webhook-process.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import {
  breakAMatchCondition,
  configuration,
  haveAnOutage,
  holdBytes,
  sendReviews,
  servePlanted,
  startSelfSigned,
} from './monitoring-scene.ts';
import { pod, privileged } from './pods.ts';

// A real webhook and a real API server, scraped by a real Prometheus that evaluates the alerts.

/** kube-state-metrics and the kubelet are not here: this is what they would tell. */
const planted = `
kubelet_volume_stats_available_bytes{namespace="pratique",persistentvolumeclaim="pratique-journal"} 9e9
kubelet_volume_stats_capacity_bytes{namespace="pratique",persistentvolumeclaim="pratique-journal"} 1e10
kube_deployment_status_replicas_available{namespace="pratique",deployment="pratique"} 2
kube_deployment_spec_replicas{namespace="pratique",deployment="pratique"} 3
`.trimStart();

let guard: GuardedCluster;
let prometheus: PrometheusServer;
let folder: TemporaryFolder;
let selfSigned: WebhookProcess;
let journal: JournalProcess;
let others: Awaited<ReturnType<typeof servePlanted>>;

beforeAll(async () => {
  guard = await startGuardedCluster({
    configuration,
    namespaces: ['watched', 'agents'],
    // Nobody takes the spans; their metrics are there all the same.
    webhook: { args: ['--max-inflight-bytes', '1Mi', '--otlp-endpoint', 'http://127.0.0.1:1'] },
    before: async ({ api }) => {
      await api.expect('POST', '/api/v1/namespaces/gitlab/pods', pod('old', { container: privileged }));
    },
  });
  await haveAnOutage(guard);
  await breakAMatchCondition(guard);
  folder = await temporaryFolder('pratique-prometheus-');
  const files = await journalFilesIn(folder.path);
  const store = ['--store', join(folder.path, 'journal'), '--token-file', files.tokenFile];
  journal = await startJournalProcess({ certFile: files.certFile, keyFile: files.keyFile, args: store });
  selfSigned = await startSelfSigned(guard, shippingArguments(files, journal.url));
  others = await servePlanted(planted);
  prometheus = await startPrometheus({
    folder: folder.path,
    ruleFiles: [alertsFile],
    targets: [
      { job: 'pratique', url: guard.webhook.healthUrl, labels: { namespace: 'pratique' } },
      { job: 'self', url: selfSigned.healthUrl, labels: { namespace: 'pratique-self' } },
      { job: 'journal', url: journal.healthUrl, labels: { namespace: 'pratique' } },
      { job: 'apiserver', url: guard.cluster.admin.url, client: guard.cluster.admin },
      { job: 'planted', url: others.url },
    ],
  });
  await waitFor('every target to be scraped', async () => (await prometheus.query('up == 1')).length === 5);
  await sendReviews(guard);
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(async () => {
  await prometheus?.stop();
  await others?.stop();
  await selfSigned?.stop('SIGKILL');
  await journal?.stop('SIGKILL');
  await folder?.remove();
  await guard?.stop();
});

const alerts = readAlerts().map(({ alert, expr }) => [alert, expr] as const);
const panels = [...dashboardQueries(readDashboard())];

describe('against real metrics', () => {
  test.each([...alerts, ...panels])('each selector of %s finds series', async (_name, expression) => {
    const selectors = selectorsIn(await prometheus.parse(expression));
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) await waitForSeries(selector);
  });

  test.each(panels)('the panel %s shows something', async (_name, expression) => {
    await waitForSeries(expression);
  });

  test('the variables of the dashboard have values', async () => {
    const definitions = readDashboard().templating.list.flatMap(({ definition }) => definition ?? []);
    expect(definitions).toHaveLength(2);
    for (const definition of definitions) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      const series = await prometheus.query(selector.replaceAll('$namespace', '.*'));
      expect(series.map(({ metric }) => metric[label] ?? '')).toEqual([
        expect.stringMatching(/.+/),
        expect.stringMatching(/.+/),
      ]);
    }
  });
});

describe('the alerts', () => {
  test('that the scene is made for become active, and no other', async () => {
    await guard.configure({ nonsense: true });
    const socket = await holdBytes(guard.webhook.port, 1_000_000);
    try {
      await expectActive([
        'PratiqueBreakGlassUsed',
        'PratiqueCallsFailing',
        'PratiqueConfigurationNotLoaded',
        'PratiqueExemptionExpired',
        'PratiqueExemptionExpiring',
        'PratiqueFailedOpen',
        'PratiqueFailedOpenHarmlessly',
        'PratiqueMatchConditionErrors',
        'PratiqueReplicasMissing',
        'PratiqueSaturated',
        'PratiqueUnreadableReviews',
      ]);
    } finally {
      socket.destroy();
    }
  });

  test('have annotations in which every template came out', async () => {
    const texts = (await prometheus.alerts()).flatMap(({ annotations }) => Object.values(annotations));
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((text) => /\{\{|<no value>|error expanding|NaN| {2}/.test(text))).toEqual([]);
  });

  test('tell of the loss of all replicas', async () => {
    for (const one of [guard.webhook, selfSigned]) await one.stop('SIGKILL');
    await waitFor('PratiqueDown', async () => (await activeAlerts()).includes('PratiqueDown'));
  });
});

/** Each metric with its matchers, without range and offset. */
function selectorsIn(node: QueryNode): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { type, name, matchers } = value as Partial<QueryNode>;
    if (type !== undefined && /^(?:vector|matrix)Selector$/.test(type) && name !== undefined) {
      const others = (matchers ?? []).filter((matcher) => matcher.name !== '__name__');
      found.add(`${name}{${others.map((one) => `${one.name}${one.type}${JSON.stringify(one.value)}`).join(',')}}`);
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(node);
  return [...found];
}

async function waitForSeries(expression: string): Promise<void> {
  await waitFor(`series of ${expression}`, async () => (await prometheus.query(expression)).length > 0, {
    timeoutMs: 20_000,
    intervalMs: 250,
  });
}

async function activeAlerts(): Promise<readonly string[]> {
  const names = (await prometheus.alerts()).map(({ labels }) => labels['alertname'] ?? '');
  return [...new Set(names)].toSorted();
}

/** Waits until exactly these are active: one that should not be fails the test by never going away. */
async function expectActive(names: readonly string[]): Promise<void> {
  let last: readonly string[] = [];
  const isSo = async () => {
    last = await activeAlerts();
    return last.join() === names.join();
  };
  await waitFor('the alerts', isSo, { timeoutMs: 30_000 }).catch(() => undefined);
  expect(last).toEqual(names);
}
