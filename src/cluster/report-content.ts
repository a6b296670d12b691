import { createHash } from 'node:crypto';
import type { Severity } from '../checks/check.ts';
import { fieldPath } from '../kubernetes/pointer.ts';
import { shown } from '../output/shown.ts';
import type { ScannedObject } from './groups.ts';
import type { ScannedFinding } from './judging.ts';

/** Of one report. */
export const mostResults = 500;
/** Of one report, in bytes of JSON: etcd takes 1.5 MiB. */
export const mostBytes = 1_000_000;

/** A result as both APIs have it: ReportResult of OpenReports, PolicyReportResult of the Policy Working Group. */
export interface ReportResult {
  readonly source: 'pratique';
  readonly policy: string;
  readonly severity?: Severity;
  readonly result: 'fail' | 'warn' | 'error' | 'skip';
  readonly scored: boolean;
  readonly message: string;
  readonly resources?: readonly object[];
  readonly properties: Readonly<Record<string, string>>;
}

/** How many results there are of each sort. Passes are not counted: they would change a report with every new pod. */
export interface ReportSummary {
  readonly pass: number;
  readonly fail: number;
  readonly warn: number;
  readonly error: number;
  readonly skip: number;
}

/** What a report says, whatever its API. */
export interface ReportContent {
  readonly summary: ReportSummary;
  readonly results: readonly ReportResult[];
}

/** What is to be said of one namespace, or of what is in none: the worst results, and the number of all. */
export interface Collected {
  results: ReportResult[];
  readonly counts: { fail: number; warn: number; error: number };
}

/** Starts with nothing. */
export function nothingCollected(): Collected {
  return { results: [], counts: { fail: 0, warn: 0, error: 0 } };
}

/** Adds the findings of an object; no more are held than a report can have, and half as many again. */
export function collect(collected: Collected, object: ScannedObject): void {
  for (const finding of object.findings) {
    const result = resultOf(finding, object);
    if (result.result !== 'skip') collected.counts[result.result]++;
    collected.results.push(result);
  }
  if (collected.results.length > mostResults * 1.5)
    collected.results = inOrder(collected.results).slice(0, mostResults);
}

/** Makes the content of a report: the same whenever the same was found, in whatever order. */
export function contentOf({ results, counts }: Collected, hint: string): ReportContent {
  const all = counts.fail + counts.warn + counts.error;
  const told = fitting(inOrder(results).slice(0, mostResults));
  const leftOut = all - told.length;
  const summary = { pass: 0, ...counts, skip: leftOut > 0 ? 1 : 0 };
  return { summary, results: leftOut > 0 ? [...told, note(leftOut, hint)] : told };
}

/** A hash of what a report says. */
export function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** What denies where it is enforced has failed, also while the namespace is only observed: that is what will not do. */
function resultOf(finding: ScannedFinding, object: ScannedObject): ReportResult {
  const { check, severity, action, enforced, failed, message, remedy, pointer } = finding;
  const { apiVersion, kind, namespace, name, uid } = object;
  const field = fieldPath(pointer);
  return {
    source: 'pratique',
    policy: check,
    severity,
    result: failed ? 'error' : enforced === 'deny' ? 'fail' : 'warn',
    scored: enforced === 'deny',
    message: shown(`${message}. ${remedy}`),
    resources: [{ apiVersion, kind, ...(namespace === '' ? {} : { namespace }), name, uid }],
    properties: { action, ...(field === '' ? {} : { field: shown(field) }) },
  };
}

function note(leftOut: number, hint: string): ReportResult {
  return {
    source: 'pratique',
    policy: 'pratique',
    result: 'skip',
    scored: false,
    message: `${leftOut} more findings are left out of this report; "${hint}" tells them all`,
    properties: { leftOut: String(leftOut) },
  };
}

const resultRanks: Readonly<Record<ReportResult['result'], number>> = { error: 0, fail: 1, warn: 2, skip: 3 };
const severityRanks: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** The worst first, and then by what they say, so that their order never depends on that of the lists. */
function inOrder(results: readonly ReportResult[]): ReportResult[] {
  return results
    .map((result) => ({ result, key: JSON.stringify([result.resources, result.policy, result]) }))
    .sort((a, b) => rankOf(a.result) - rankOf(b.result) || (a.key < b.key ? -1 : 1))
    .map(({ result }) => result);
}

function rankOf({ result, severity = 'low' }: ReportResult): number {
  return resultRanks[result] * 4 + severityRanks[severity];
}

/** As many as fit beside the rest of a report. */
function fitting(results: readonly ReportResult[]): readonly ReportResult[] {
  let bytes = 4096;
  const end = results.findIndex((result) => {
    bytes += Buffer.byteLength(JSON.stringify(result)) + 1;
    return bytes > mostBytes;
  });
  return end === -1 ? results : results.slice(0, end);
}
