import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardQueries, foreign, metricNamesIn, readAlerts, readDashboard } from '../harness/monitoring-files.ts';

const alerts = readAlerts();
const dashboard = readDashboard();
const queries = [...alerts.map(({ expr }) => expr), ...dashboardQueries(dashboard).values()];

describe('metrics', () => {
  test('every metric in a query is one that Pratique exposes, or of the API server or kube-state-metrics', () => {
    const exposed = exposedNames();
    const named = [...new Set(queries.flatMap(metricNamesIn))];
    const unknown = named.filter((name) => !foreign.test(name) && !exposed.has(name));
    expect(named.length).toBeGreaterThan(30);
    expect(unknown).toEqual([]);
  });

  test('every metric of our own is in some query', () => {
    const named = new Set(queries.flatMap(metricNamesIn));
    const families = [...exposedNames()].filter(
      (name) => /^pratique_/.test(name) && !/_(?:sum|count|bucket)$/.test(name),
    );
    const histograms = ['pratique_review_duration_seconds', 'pratique_journal_insert_seconds'];
    // The gauge says whether the newest configuration is in force, which a count and a time do not.
    const told = ['pratique_configuration_last_success_timestamp_seconds'];
    expect(families.filter((name) => !named.has(name) && !histograms.includes(name) && !told.includes(name))).toEqual(
      [],
    );
  });
});

describe('alerts', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const sections = [...runbook.matchAll(/^## (Pratique\w+)$/gm)].map(([, name]) => name);

  test('have names of their own, in no two rules', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s says how bad it is, what it means and what to do',
    (name, rule) => {
      expect(['critical', 'warning', 'info']).toContain(rule.labels['severity']);
      expect(Object.keys(rule.annotations).toSorted()).toEqual(['description', 'runbook_url', 'summary']);
      expect(rule.annotations['summary']).toMatch(/^[A-Z].{10,90}\.$/);
      expect(rule.annotations['description']?.length).toBeGreaterThan(60);
      expect(rule.annotations['runbook_url']).toBe(`https://pratique.dev/runbook#${name.toLowerCase()}`);
    },
  );

  test('have a section each in the runbook, in their order, with what it means, what is affected, how to look and how to mend', () => {
    expect(sections).toEqual(alerts.map(({ alert }) => alert));
    const texts = runbook.split(/^## /m).slice(-sections.length);
    for (const text of texts) {
      for (const part of ['**Means**', '**Affects**', '**Look**', '**Mend**']) expect(text).toContain(part);
    }
  });

  test('are looked into by whole logs: by a selector kubectl shows ten lines a pod', () => {
    const commands = [...runbook.matchAll(/kubectl[^`|]* logs [^`|]*/g)].map(([command]) => command);
    expect(commands.length).toBeGreaterThan(1);
    expect(commands.filter((command) => /(-l|--selector)[ =]/.test(command))).toEqual([]);
    // It ends at the first pod that never restarted.
    expect(commands.filter((command) => /--all-pods.*--previous/.test(command))).toEqual([]);
  });

  test('end in an emergency by the command of the installation, which leaves no webhook', () => {
    const command = 'kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations pratique';
    const install = readFileSync(new URL('../../docs/install.md', import.meta.url), 'utf8');
    expect(install).toContain(`\n${command}\n`);
    expect(runbook).toContain(`\n${command}\n`);
  });

  test('are each shown firing and silent', () => {
    const file = new URL('../monitoring/alerts.test.yaml', import.meta.url);
    const { tests } = parse(readFileSync(file, 'utf8')) as {
      tests: { name: string; promql_expr_test: { expr: string; exp_samples: unknown[] }[] }[];
    };
    const shown = tests.flatMap(({ promql_expr_test }) =>
      promql_expr_test.map(({ expr, exp_samples }) => {
        const alert = /^ALERTS\{alertname="(\w+)",alertstate="firing"\}$/.exec(expr)?.[1];
        return `${alert} ${exp_samples.length > 0 ? 'fires' : 'is silent'}`;
      }),
    );
    const wanted = alerts.flatMap(({ alert }) => [`${alert} fires`, `${alert} is silent`]);
    expect([...new Set(shown)].toSorted()).toEqual(wanted.toSorted());
    expect(new Set(tests.map(({ name }) => name)).size).toBe(tests.length);
  });
});

describe('the dashboard', () => {
  const { panels, templating } = dashboard;

  test('takes its data source from a variable everywhere', () => {
    expect(templating.list.find(({ name }) => name === 'datasource')?.type).toBe('datasource');
    const sources = panels.flatMap(({ datasource, targets = [] }) => [
      ...(datasource === undefined ? [] : [datasource.uid]),
      ...targets.map((target) => target.datasource.uid),
    ]);
    expect([...new Set(sources)]).toEqual(['${datasource}']);
  });

  test('uses no variable that it does not have', () => {
    const used = new Set(
      panels.flatMap(({ targets = [] }) =>
        targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)),
      ),
    );
    used.delete('__rate_interval'); // Grafana's own
    expect([...used].toSorted()).toEqual(['instance', 'namespace']);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'instance']);
  });

  test('has panels with ids of their own, which do not overlap and stay in the grid', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    const overlaps: string[] = [];
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          const other = taken.get(`${x} ${y}`);
          if (other !== undefined) overlaps.push(`${title} over ${other}`);
          taken.set(`${x} ${y}`, title);
        }
      }
    }
    expect(overlaps).toEqual([]);
  });
});

/** The names of the series that a replica exposes: those in the docs, which another test holds to the registry. */
function exposedNames(): ReadonlySet<string> {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const own = [...page.matchAll(/^\| `(pratique_\w+)` \| (\w+) \|/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return new Set([...own, ...registry.getMetricsAsArray().map(({ name }) => name)]);
}
