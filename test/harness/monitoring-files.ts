import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The rule file with the alerts. */
export const alertsFile = fileURLToPath(new URL('../../charts/pratique/files/alerts.yaml', import.meta.url));
const dashboardFile = new URL('../../charts/pratique/files/dashboard.json', import.meta.url);

/** An alert as the rule file has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A panel of the dashboard, as Grafana reads it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly datasource: { readonly uid: string };
  }[];
}

/** The dashboard, as far as tests look into it. */
export interface Dashboard {
  readonly uid: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly panels: readonly Panel[];
}

/** Reads the alerts of the chart. */
export function readAlerts(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Reads the dashboard of the chart. */
export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(dashboardFile, 'utf8')) as Dashboard;
}

/** The queries of the dashboard by panel and letter, with what its variables hold when everything is chosen. */
export function dashboardQueries({ panels }: Dashboard): ReadonlyMap<string, string> {
  return new Map(
    panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => [
        `${title} (${refId})`,
        expr.replaceAll(/\$namespace|\$instance/g, '.*').replaceAll('$__rate_interval', '1m'),
      ]),
    ),
  );
}

/** The names of metrics in a query of ours: identifiers with an underscore that are no function and no label. */
export function metricNamesIn(query: string): readonly string[] {
  const bare = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\{[^}]*\}/g, '{}');
  const words = bare.match(/[a-z_][a-z0-9_]*/g) ?? [];
  return [...new Set(words.filter((word) => /^(?:pratique|apiserver|kube|kubelet|process|nodejs)_/.test(word)))];
}

/** Metrics that the API server, the kubelet or kube-state-metrics have, and not Pratique. */
export const foreign = /^(?:apiserver|kube|kubelet)_/;
