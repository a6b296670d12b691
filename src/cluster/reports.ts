import { isObject } from '../kubernetes/shape.ts';
import { type ApiAnswer, type ClusterApi, ClusterError, refusalOf } from './api.ts';
import type { ScannedObject } from './groups.ts';
import { listPages } from './list.ts';
import { referenceOf } from './references.ts';
import {
  isOurs,
  type ReportApi,
  reportLabel,
  reportName,
  reportOf,
  reportPath,
  saysTheSame,
  servedReportApis,
} from './report-api.ts';
import { type Collected, collect, contentOf, nothingCollected } from './report-content.ts';

/** What became of the reports of a cluster. */
export interface ReportsOutcome {
  written: number;
  unchanged: number;
  removed: number;
  /** What could not be done, for people. */
  readonly problems: string[];
}

/** Reports of a cluster, in the making: one a namespace, and one for what is in none. */
export interface Reports {
  /** Adds what was found in an object. */
  add(object: ScannedObject): void;
  /** Writes what has changed since the last time, and removes what there is nothing to say of any more. */
  write(): Promise<ReportsOutcome>;
}

/** The collection of results by namespace, empty for what is in none. */
type ByNamespace = ReadonlyMap<string, Collected>;

/**
 * Starts the reports of a cluster; of one namespace, when it is told, and no other report is touched then.
 *
 * Throws ClusterError when the cluster serves no API of reports.
 */
export async function startReports(api: ClusterApi, namespace: string | undefined): Promise<Reports> {
  const [reportApi, ...others] = await servedReportApis(api);
  if (reportApi === undefined) {
    throw new ClusterError(
      'the cluster has no reports: neither openreports.io/v1alpha1 (Report, ClusterReport) nor ' +
        'wgpolicyk8s.io/v1alpha2 (PolicyReport, ClusterPolicyReport) is served; install the CRDs of one',
    );
  }
  const collected = new Map<string, Collected>();
  return {
    add(object) {
      if (object.findings.length === 0) return;
      const own = collected.get(object.namespace) ?? nothingCollected();
      collected.set(object.namespace, own);
      collect(own, object);
    },
    async write() {
      const outcome = noOutcome();
      await writeAll({ api, reportApi, outcome }, collected);
      await removeOthers({ api, reportApi, outcome }, namespace, collected);
      // What was written before the preferred API was there.
      for (const other of others) await removeOthers({ api, reportApi: other, outcome }, namespace, new Map());
      return outcome;
    },
  };
}

/** Removes every report of ours, or that of one namespace. Throws ClusterError. */
export async function removeReports(api: ClusterApi, namespace: string | undefined): Promise<ReportsOutcome> {
  const outcome = noOutcome();
  for (const reportApi of await servedReportApis(api)) {
    await removeOthers({ api, reportApi, outcome }, namespace, new Map());
  }
  return outcome;
}

interface Target {
  readonly api: ClusterApi;
  readonly reportApi: ReportApi;
  readonly outcome: ReportsOutcome;
}

function noOutcome(): ReportsOutcome {
  return { written: 0, unchanged: 0, removed: 0, problems: [] };
}

async function writeAll(target: Target, collected: ByNamespace): Promise<void> {
  const namespaces = [...collected.keys()].toSorted();
  for (const namespace of namespaces) {
    const own = collected.get(namespace);
    if (own !== undefined) await writeOne(target, namespace, own);
  }
}

async function writeOne({ api, reportApi, outcome }: Target, namespace: string, own: Collected): Promise<void> {
  const hint = namespace === '' ? 'pratique scan' : `pratique scan --namespace ${namespace}`;
  const wanted = reportOf(reportApi, namespace, contentOf(own, hint));
  const { list, one } = reportPath(reportApi, namespace);
  const found = await api.send('GET', one);
  if (found.status === 404) {
    settle(outcome, one, await api.send('POST', list, { body: wanted }));
    return;
  }
  if (found.status !== 200) {
    outcome.problems.push(`${one} was not read: ${refusalOf(found)}`);
    return;
  }
  if (!isOurs(found.body)) {
    outcome.problems.push(`${one} is somebody else's: it lacks the label ${reportLabel.key}: ${reportLabel.value}`);
    return;
  }
  if (saysTheSame(found.body, wanted)) {
    outcome.unchanged++;
    return;
  }
  settle(outcome, one, await api.send('PUT', one, { body: atVersionOf(wanted, found.body) }));
}

/** An update of just what was read: what changed since then is not overwritten. */
function atVersionOf(wanted: object, found: unknown): object {
  const metadata = isObject(found) && isObject(found['metadata']) ? found['metadata'] : {};
  const own = 'metadata' in wanted && isObject(wanted.metadata) ? wanted.metadata : {};
  return { ...wanted, metadata: { ...own, resourceVersion: metadata['resourceVersion'] } };
}

function settle(outcome: ReportsOutcome, path: string, answer: ApiAnswer): void {
  if (answer.status === 200 || answer.status === 201) outcome.written++;
  // The namespace has gone since it was read, or is about to.
  else if (answer.status !== 404 && !refusalOf(answer).includes('being terminated')) {
    outcome.problems.push(`${path} was not written: ${refusalOf(answer)}`);
  }
}

/** Removes the reports of ours that are not among those that there is something to say of. */
async function removeOthers(target: Target, namespace: string | undefined, kept: ByNamespace): Promise<void> {
  const { api, reportApi, outcome } = target;
  const resources = namespace === undefined ? [reportApi.namespaced, reportApi.clusterScoped] : [reportApi.namespaced];
  const options = { labelSelector: `${reportLabel.key}=${reportLabel.value}`, onlyMetadata: true };
  for (const resource of resources) {
    for await (const event of listPages(api, resource, namespace, options)) {
      if (event.kind === 'error') outcome.problems.push(event.message);
      if (event.kind !== 'page') continue;
      for (const item of event.items) {
        const report = referenceOf(item, event.apiVersion, resource.kind);
        if (report.name === reportName && !kept.has(report.namespace)) await removeOne(target, report.namespace);
      }
    }
  }
}

async function removeOne({ api, reportApi, outcome }: Target, namespace: string): Promise<void> {
  const { one } = reportPath(reportApi, namespace);
  const answer = await api.send('DELETE', one);
  if (answer.status === 200 || answer.status === 202) outcome.removed++;
  else if (answer.status !== 404) outcome.problems.push(`${one} was not removed: ${refusalOf(answer)}`);
}
