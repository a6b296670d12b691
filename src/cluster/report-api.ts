import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../kubernetes/shape.ts';
import { type ClusterApi, ClusterError, refusalOf } from './api.ts';
import { hashOf, mostResults, type ReportContent, type ReportResult } from './report-content.ts';
import type { Resource } from './resources.ts';

/** An API of reports that a cluster may serve. */
export interface ReportApi {
  readonly apiVersion: string;
  readonly namespaced: Resource;
  readonly clusterScoped: Resource;
  /** The fields of a report beside its metadata. */
  bodyOf(content: ReportContent): Readonly<Record<string, unknown>>;
}

/** What marks reports as ours. */
export const reportLabel = { key: 'app.kubernetes.io/managed-by', value: 'pratique' };
/** Every report has it; there is one a namespace. */
export const reportName = 'pratique';
const contentAnnotation = 'pratique.dev/content';

const openReports: ReportApi = {
  apiVersion: 'openreports.io/v1alpha1',
  namespaced: resource('openreports.io', 'v1alpha1', 'reports', 'Report', true),
  clusterScoped: resource('openreports.io', 'v1alpha1', 'clusterreports', 'ClusterReport', false),
  bodyOf: ({ summary, results }) => ({
    source: 'pratique',
    configuration: { limits: { maxResults: mostResults } },
    summary,
    results,
  }),
};

const policyReports: ReportApi = {
  apiVersion: 'wgpolicyk8s.io/v1alpha2',
  namespaced: resource('wgpolicyk8s.io', 'v1alpha2', 'policyreports', 'PolicyReport', true),
  clusterScoped: resource('wgpolicyk8s.io', 'v1alpha2', 'clusterpolicyreports', 'ClusterPolicyReport', false),
  bodyOf: ({ summary, results }) => ({ summary, results: results.map(withoutCritical) }),
};

/** The first releases of that API know no severity above high, and refuse the whole report for one. */
function withoutCritical(result: ReportResult): ReportResult {
  if (result.severity !== 'critical') return result;
  return { ...result, severity: 'high', properties: { ...result.properties, severity: 'critical' } };
}

/** The APIs of reports that a cluster serves, the preferred one first. Throws ClusterError. */
export async function servedReportApis(api: ClusterApi): Promise<readonly ReportApi[]> {
  const served: ReportApi[] = [];
  for (const one of [openReports, policyReports]) {
    const answer = await api.send('GET', `/apis/${one.apiVersion}`);
    if (answer.status === 404) continue;
    if (answer.status !== 200) throw new ClusterError(`${one.apiVersion} cannot be looked up: ${refusalOf(answer)}`);
    const names = namesIn(answer.body);
    if (names.has(one.namespaced.name) && names.has(one.clusterScoped.name)) served.push(one);
  }
  return served;
}

/** A report as it is written; `namespace` is empty for what is in none. */
export function reportOf(api: ReportApi, namespace: string, content: ReportContent): object {
  const { kind } = namespace === '' ? api.clusterScoped : api.namespaced;
  const body = api.bodyOf(content);
  return {
    apiVersion: api.apiVersion,
    kind,
    metadata: {
      name: reportName,
      ...(namespace === '' ? {} : { namespace }),
      labels: { [reportLabel.key]: reportLabel.value },
      annotations: { [contentAnnotation]: hashOf(body) },
    },
    ...body,
  };
}

/** The path of a namespace's report, or of that of what is in none. */
export function reportPath(api: ReportApi, namespace: string): { readonly list: string; readonly one: string } {
  const root = `/apis/${api.apiVersion}`;
  const list =
    namespace === ''
      ? `${root}/${api.clusterScoped.name}`
      : `${root}/namespaces/${encodeURIComponent(namespace)}/${api.namespaced.name}`;
  return { list, one: `${list}/${reportName}` };
}

/** Whether a report, as it is in the cluster, is ours. */
export function isOurs(report: unknown): boolean {
  return metadataOf(report, 'labels')[reportLabel.key] === reportLabel.value;
}

/** Whether a report says what another would: by the hash, and by what is really there, which somebody may have changed. */
export function saysTheSame(report: unknown, wanted: object): boolean {
  const hashes = [report, wanted].map((one) => metadataOf(one, 'annotations')[contentAnnotation]);
  if (!isObject(report) || hashes[0] !== hashes[1]) return false;
  return Object.entries(wanted).every(([key, value]) => key === 'metadata' || isDeepStrictEqual(report[key], value));
}

function metadataOf(object: unknown, key: 'labels' | 'annotations'): Readonly<Record<string, unknown>> {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const map = isObject(metadata) ? metadata[key] : undefined;
  return isObject(map) ? map : {};
}

function namesIn(body: unknown): ReadonlySet<unknown> {
  const list: unknown = isObject(body) ? body['resources'] : undefined;
  return new Set(Array.isArray(list) ? list.map((one: unknown) => (isObject(one) ? one['name'] : undefined)) : []);
}

function resource(group: string, version: string, name: string, kind: string, namespaced: boolean): Resource {
  return { group, versions: [version], name, kind, namespaced };
}
