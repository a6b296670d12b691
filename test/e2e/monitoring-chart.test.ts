import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ensureHelm, type KubernetesBinaries } from '../harness/binaries.ts';
import { alertsFile, readDashboard } from '../harness/monitoring-files.ts';
import { runProcess } from '../harness/processes.ts';

// What the chart makes of alerts, dashboard and scraping.

const chart = fileURLToPath(new URL('../../charts/pratique', import.meta.url));

let helm: KubernetesBinaries;
beforeAll(async () => {
  helm = await ensureHelm({ log: () => undefined });
});

interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, string>>;
}

async function render(values: object = {}, release = 'pratique'): Promise<readonly Rendered[]> {
  const args = ['template', release, chart, '--namespace', 'guard', '--values', '-'];
  const input = JSON.stringify({ metrics: values });
  const { code, stdout, stderr } = await runProcess(helm.path('helm'), args, { input });
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
}

function only(objects: readonly Rendered[], kind: string, name = 'pratique'): Rendered {
  const [one, ...more] = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (one === undefined || more.length > 0)
    throw new Error(`The chart renders ${more.length + Number(one !== undefined)} ${kind}.`);
  return one;
}

test('nothing that needs other projects is rendered unless asked for', async () => {
  const objects = await render();
  expect(objects.length).toBeGreaterThan(5);
  expect(objects.filter(({ kind }) => /Monitor$|^PrometheusRule$/.test(kind))).toEqual([]);
  expect(objects.filter(({ metadata }) => metadata.name.endsWith('-dashboard'))).toEqual([]);
});

describe('the PrometheusRule', () => {
  test('holds the alerts as they are in the file', async () => {
    const { spec, metadata } = only(await render({ prometheusRule: { enabled: true } }), 'PrometheusRule');
    const text = readFileSync(alertsFile, 'utf8').replaceAll(
      'deployment=~"(.+-)?pratique(-.+)?"',
      'deployment="pratique"',
    );
    expect(spec).toEqual(parse(text));
    expect(metadata.namespace).toBe('guard');
  });

  test.each(['mypratique', `${'long-'.repeat(9)}name`])(
    'asks for replicas of the Deployment of %s',
    async (release) => {
      const objects = await render({ prometheusRule: { enabled: true } }, release);
      const deployment = objects.find(({ kind }) => kind === 'Deployment')?.metadata.name;
      const { spec } = objects.find(({ kind }) => kind === 'PrometheusRule') as Rendered;
      const asked = [...JSON.stringify(spec).matchAll(/deployment=~?\\"([^"\\]+)/g)].map(([, name]) => name);
      expect(asked).toEqual([deployment, deployment]);
    },
  );

  test('is where and as Prometheus looks for it', async () => {
    const prometheusRule = { enabled: true, namespace: 'monitoring', labels: { release: 'kube-prometheus-stack' } };
    const { metadata } = only(await render({ prometheusRule }), 'PrometheusRule');
    expect(metadata.namespace).toBe('monitoring');
    expect(metadata.labels).toMatchObject({ release: 'kube-prometheus-stack', 'app.kubernetes.io/name': 'pratique' });
  });
});

test('the ServiceMonitor selects the Service, and a port that it has', async () => {
  const serviceMonitor = { enabled: true, interval: '15s', scrapeTimeout: '5s', labels: { team: 'a' } };
  const objects = await render({ serviceMonitor });
  const service = only(objects, 'Service');
  const { spec, metadata } = only(objects, 'ServiceMonitor');
  const { selector, endpoints, namespaceSelector } = spec as {
    selector: { matchLabels: Record<string, string> };
    endpoints: { port: string }[];
    namespaceSelector: unknown;
  };
  expect(service.metadata.labels).toMatchObject(selector.matchLabels);
  expect(Object.keys(selector.matchLabels).length).toBeGreaterThan(1);
  expect(namespaceSelector).toEqual({ matchNames: [service.metadata.namespace] });
  expect(endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '15s', scrapeTimeout: '5s' }]);
  const { ports } = service.spec as { ports: { name: string }[] };
  expect(ports.map(({ name }) => name)).toContain('http');
  expect(metadata.labels).toMatchObject({ team: 'a' });
});

test('the ConfigMap holds the dashboard, with the label that the sidecar of Grafana looks for', async () => {
  const dashboard = { enabled: true, annotations: { grafana_folder: 'Security' } };
  const { data, metadata } = only(await render({ dashboard }), 'ConfigMap', 'pratique-dashboard');
  expect(Object.keys(data)).toEqual(['pratique.json']);
  expect(JSON.parse(data['pratique.json'] ?? '')).toEqual(readDashboard());
  expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  expect(metadata.annotations).toEqual({ grafana_folder: 'Security' });
});
