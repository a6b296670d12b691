/** A panel of the dashboard. */
export interface PanelWords {
  readonly title: string;
  readonly description?: string;
  /** A graph over time unless told. */
  readonly type?: 'timeseries' | 'stat' | 'table';
  /** Grafana's name of the unit; plain numbers unless told. */
  readonly unit?: string;
  /** Of 24; 8 unless told. */
  readonly width?: number;
  /** From this value on a stat is red. */
  readonly bad?: number;
  /** PromQL by its legend. */
  readonly queries: Readonly<Record<string, string>>;
}

/** Panels below one title, in the order in which they are shown. */
export interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly PanelWords[];
}

/** The series of the chosen replicas. */
export const ours = 'namespace=~"$namespace",instance=~"$instance"';
/** The series of all pods of the release's namespace: the journal is no replica of the webhook. */
export const pods = 'namespace=~"$namespace"';
/** The series of Pratique's webhooks, as the API server names them. */
export const webhooks = 'name=~".+[.]pratique[.]dev"';

/** Events a second of a counter of ours, by labels; `more` are further matchers. */
export const rate = (by: string, metric: string, more = '') =>
  `sum by (${by}) (rate(${metric}{${ours}${more === '' ? '' : `,${more}`}}[$__rate_interval]))`;
/** Events of the last hour, 0 where there are no series. */
export const lastHour = (metric: string, more = '') =>
  `sum(increase(${metric}{${ours}${more === '' ? '' : `,${more}`}}[1h])) or vector(0)`;
/** A quantile of a histogram, by labels. */
export const quantile = (share: number, by: string, buckets: string) =>
  `histogram_quantile(${share}, sum by (${by}, le) (rate(${buckets}[$__rate_interval])))`;
/** A panel that shows one number. */
export const stat = (title: string, query: string, more: Partial<PanelWords> = {}): PanelWords => ({
  title,
  type: 'stat',
  width: 3,
  queries: { [title]: query },
  ...more,
});
