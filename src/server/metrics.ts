import type { Outcome, WebhookPath } from '../admission/outcome.ts';
import { type Refusal, refusals } from './refusals.ts';

/** Counts by label values, which are joined by tabs in the order of the labels. */
export type Cells = Map<string, number>;

/** The upper bounds of the duration histogram, in seconds: a review takes some 0.1 ms, the API server waits 5 s. */
export const durationBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5] as const;

/** A histogram as it is counted: one count for each bound, not yet added up, and one for what is above them all. */
export interface Durations {
  readonly counts: Float64Array;
  sum: number;
}

/**
 * What is counted while reviews are answered.
 *
 * Plain cells: prom-client hashes labels at each increment, which is a few microseconds a review. It is handed the sums
 * when somebody reads the metrics.
 */
export interface Counts {
  /** webhook, operation, decision, mode */
  readonly reviews: Cells;
  /** check, action, outcome */
  readonly findings: Cells;
  /** check */
  readonly inheritedFindings: Cells;
  /** webhook */
  readonly unchangedUpdates: Cells;
  /** exemption */
  readonly exemptionUses: Cells;
  /** exemption, to when it was used last, in milliseconds since the epoch */
  readonly exemptionLastUses: Cells;
  readonly breakGlass: Cells;
  /** kind */
  readonly unjudgedKinds: Cells;
  /** reason */
  readonly unreadableReviews: Cells;
  /** code, reason */
  readonly refusedRequests: Cells;
  readonly internalErrors: Cells;
  readonly durations: Readonly<Record<WebhookPath, Durations>>;
}

/** When a review was answered, in milliseconds since the epoch, and how many seconds that took. */
interface Timing {
  readonly at: number;
  readonly seconds: number;
}

/** Distinct kinds that are counted by name; a caller can invent any number of them. */
const kindLimit = 50;
const kindLength = 200;

const unreadableReasons = ['unreadable', refusals.noUid.error, refusals.badJson.error];

/**
 * Starts all counts at nothing. What alerts watch is there with 0 from the start: Prometheus sees no increase in a series
 * that begins with its first event.
 */
export function emptyCounts(): Counts {
  return {
    reviews: new Map(),
    findings: new Map(),
    inheritedFindings: new Map(),
    unchangedUpdates: new Map(),
    exemptionUses: new Map(),
    exemptionLastUses: new Map(),
    breakGlass: new Map([['', 0]]),
    unjudgedKinds: new Map(),
    unreadableReviews: new Map(unreadableReasons.map((reason) => [reason, 0])),
    refusedRequests: new Map(Object.values(refusals).map((refusal) => [refusalKey(refusal), 0])),
    internalErrors: new Map([['', 0]]),
    durations: { validate: noDurations(), mutate: noDurations(), observe: noDurations() },
  };
}

/** Counts a review that was answered. */
export function countReview(counts: Counts, outcome: Outcome, { at, seconds }: Timing): void {
  const operation = outcome.request?.operation ?? 'unknown';
  add(counts.reviews, `${outcome.webhook}\t${operation}\t${outcome.decision}\t${outcome.mode ?? 'none'}`);
  countDuration(counts.durations[outcome.webhook], seconds);
  if (outcome.unchanged) add(counts.unchangedUpdates, outcome.webhook);
  if (outcome.exemption !== undefined) countExemption(counts, outcome.exemption, at);
  if (outcome.unjudgedKind !== undefined) countKind(counts.unjudgedKinds, outcome.unjudgedKind);
  if (outcome.decision === 'error' && outcome.request === undefined) add(counts.unreadableReviews, 'unreadable');
  if (outcome.judgements.length > 0) countJudgements(counts, outcome);
}

/** Counts a request that was answered without a review. */
export function countRefusal(counts: Counts, refusal: Refusal): void {
  add(counts.refusedRequests, refusalKey(refusal));
  if (refusal.error === 'no-uid' || refusal.error === 'bad-json') add(counts.unreadableReviews, refusal.error);
}

function refusalKey({ status, error }: Refusal): string {
  return `${status}\t${error}`;
}

/** Counts an error of our own. */
export function countError(counts: Counts): void {
  add(counts.internalErrors, '');
}

function countJudgements(counts: Counts, outcome: Outcome): void {
  let brokeGlass = false;
  for (const { finding, action, outcome: result, because } of outcome.judgements) {
    if (because === 'inherited') add(counts.inheritedFindings, finding.check);
    else add(counts.findings, `${finding.check}\t${action}\t${result}`);
    brokeGlass ||= because === 'break-glass';
  }
  if (brokeGlass) add(counts.breakGlass, '');
}

function countExemption(counts: Counts, exemption: string, at: number): void {
  add(counts.exemptionUses, exemption);
  counts.exemptionLastUses.set(exemption, at);
}

function countKind(cells: Cells, kind: string): void {
  const key = kind.slice(0, kindLength).replaceAll('\t', ' ').toWellFormed();
  add(cells, cells.has(key) || cells.size < kindLimit ? key : 'other');
}

function countDuration(durations: Durations, seconds: number): void {
  let bucket = 0;
  while (bucket < durationBounds.length && seconds > (durationBounds[bucket] ?? 0)) bucket++;
  durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
  durations.sum += seconds;
}

function noDurations(): Durations {
  return { counts: new Float64Array(durationBounds.length + 1), sum: 0 };
}

function add(cells: Cells, key: string): void {
  cells.set(key, (cells.get(key) ?? 0) + 1);
}
