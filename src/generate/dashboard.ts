import { rows } from './dashboard-panels.ts';
import type { PanelWords } from './dashboard-parts.ts';
import { formatJson } from './json.ts';

/** Writes charts/pratique/files/dashboard.json: the Grafana dashboard, in the form that Grafana imports. */
export function dashboardFile(): string {
  return formatJson({
    uid: 'pratique',
    title: 'Pratique',
    description: 'Decisions, findings, latency, exemptions, certificates and the view of the API server.',
    tags: ['pratique', 'kubernetes', 'admission'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
    templating: { list: variables },
    panels: panels(),
  });
}

const source = { type: 'prometheus', uid: '${datasource}' };

const variables: readonly object[] = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 },
  chosenFrom('namespace', 'Namespace of Pratique', 'label_values(pratique_build_info, namespace)'),
  chosenFrom('instance', 'Replica', 'label_values(pratique_build_info{namespace=~"$namespace"}, instance)'),
];

/** A variable of which everything is chosen at first. */
function chosenFrom(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource: source,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { selected: true, text: ['All'], value: ['$__all'] },
    hide: 0,
  };
}

const gridWidth = 24;

/** The panels of all rows, each row below the one before, its panels from left to right. */
function panels(): readonly object[] {
  const made: object[] = [];
  let y = 0;
  for (const row of rows) {
    made.push({
      id: made.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, gridWidth, 1),
    });
    y += 1;
    let x = 0;
    for (const words of row.panels) {
      const width = words.width ?? 8;
      if (x + width > gridWidth) {
        x = 0;
        y += row.height;
      }
      made.push(panel(words, made.length + 1, at(x, y, width, row.height)));
      x += width;
    }
    y += row.height;
  }
  return made;
}

function at(x: number, y: number, w: number, h: number): object {
  return { x, y, w, h };
}

function panel(words: PanelWords, id: number, gridPos: object): object {
  const type = words.type ?? 'timeseries';
  return {
    id,
    type,
    title: words.title,
    description: words.description,
    datasource: source,
    gridPos,
    fieldConfig: { defaults: fieldDefaults(words), overrides: [] },
    options: optionsOf[type],
    targets: Object.entries(words.queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: source,
      expr,
      legendFormat,
      ...(type === 'timeseries'
        ? { range: true }
        : { instant: true, format: type === 'table' ? 'table' : 'time_series' }),
    })),
  };
}

function fieldDefaults({ unit, type = 'timeseries', bad }: PanelWords): object {
  const steps = [{ color: 'green', value: null }, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])];
  return {
    unit: unit ?? 'short',
    min: type === 'timeseries' ? 0 : undefined,
    color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps },
  };
}

const optionsOf: Readonly<Record<NonNullable<PanelWords['type']>, object>> = {
  timeseries: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  stat: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, textMode: 'auto', colorMode: 'value' },
  table: { showHeader: true },
};
