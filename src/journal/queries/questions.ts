import type { Kysely } from 'kysely';
import type { Decision, WebhookPath } from '../../admission/outcome.ts';
import type { Mode } from '../../config/policy.ts';
import type { DecisionRecord } from '../../record/record.ts';
import type { FindingOutcome, JournalTables } from '../store/schema.ts';
import type { TimeRange } from './overview.ts';

/*
 * The questions and their answers. Each function is in a file of its own, and is pure: what a read handle holds and the
 * question make the answer, alike in both dialects.
 *
 * | file | function |
 * | --- | --- |
 * | counts.ts | `countRecords(db, CountsQuestion): Promise<CountsResult>` |
 * | search.ts | `searchDecisions(db, SearchQuestion): Promise<SearchResult>` |
 * | decision.ts | `findDecision(db, DecisionQuestion): Promise<DecisionResult | undefined>` |
 * | roll-out.ts, usage.ts | the types of what follows |
 * | breaks.ts | `whatWouldBreak(db, BreakQuestion, clock): Promise<BreakResult>` |
 * | simulate.ts | `simulate(db, SimulateQuestion, Configured, clock): Promise<SimulateResult>` |
 * | exemptions.ts | `exemptionsUsed(db, ExemptionsQuestion): Promise<ExemptionsResult>` |
 * | fuse.ts | `fusePods(db, FuseQuestion): Promise<FuseResult>` |
 * | configurations.ts | `listConfigurations(db, TimeRange, now): Promise<readonly ConfigurationRow[]>`, `configurationDifference(db, from, to): Promise<ConfigurationDifference>` |
 * | slowest.ts | `slowestReviews(db, TimeRange & { limit }): Promise<readonly DecisionRow[]>` |
 * | overview.ts | counts of whole hours, quick whatever the time range |
 * | health.ts | `instancesAt(db, now)`, `gapsIn(db, TimeRange, now)` |
 * | parameters.ts | reads questions from the text parameters of a URL or of flags |
 * | tables.ts, csv.ts | an answer as a table; a table as text or CSV |
 */

/** What questions are asked of: a store's `db`, in either dialect. */
export type Journal = Kysely<JournalTables>;

/**
 * Which records are meant: all conditions that are there must hold.
 *
 * `user`, `namespace`, `owner`, `image` and `exemption` are exact, or patterns where they hold a `*`, which stands for
 * any text; patterns pass over the case. `name` is a part of the object's name.
 */
export interface RecordFilter {
  readonly user?: string;
  readonly namespace?: string;
  /** `Kind/name` */
  readonly owner?: string;
  readonly image?: string;
  /** Records with a finding of this check. */
  readonly check?: string;
  readonly exemption?: string;
  readonly configHash?: string;
  /** The name of an instance. */
  readonly instance?: string;
  readonly decisions?: readonly Decision[];
  readonly webhook?: WebhookPath;
  readonly name?: string;
}

/** What records can be counted by; `workload` is the owner, else `resource/name` of the object. */
export type CountKey = 'decision' | 'webhook' | 'check' | 'namespace' | 'workload' | 'user';

/** How many records, by what, over time. */
export interface CountsQuestion extends TimeRange {
  readonly by: readonly CountKey[];
  readonly bucket: 'hour' | 'day' | 'none';
  readonly filter: RecordFilter;
  /** With `by` check: only findings that came to this. */
  readonly outcome?: FindingOutcome;
  /** Rows at most. */
  readonly limit: number;
}

export interface CountRow {
  /** The start of the hour or day, in milliseconds since the epoch; null without a bucket. */
  readonly at: number | null;
  /** In the order of `by`. */
  readonly keys: readonly (string | null)[];
  /** Records. */
  readonly n: number;
}

/** In the order of time, then the most first. */
export interface CountsResult {
  readonly by: readonly CountKey[];
  readonly rows: readonly CountRow[];
  /** Whether there are more rows. */
  readonly more: boolean;
}

/** A search for decisions, newest first. */
export interface SearchQuestion extends TimeRange {
  readonly filter: RecordFilter;
  /** From where on: a `next` or `previous` of an earlier answer. */
  readonly cursor?: string;
  /** Rows at most. */
  readonly limit: number;
}

/** A decision in a list. */
export interface DecisionRow {
  /** Of this store alone. */
  readonly id: number;
  readonly ts: number;
  /** The name of the instance. */
  readonly instance: string;
  readonly seq: number;
  readonly webhook: WebhookPath;
  readonly operation: string | null;
  readonly dryRun: boolean;
  readonly resource: string | null;
  readonly namespace: string | null;
  /** The name, else generateName. */
  readonly name: string | null;
  readonly owner: string | null;
  readonly user: string | null;
  readonly decision: Decision;
  readonly profile: string | null;
  readonly mode: Mode | null;
  readonly exemption: string | null;
  readonly configHash: string;
  readonly durationMs: number;
  /** Each check with each outcome once. */
  readonly checks: readonly { readonly check: string; readonly outcome: FindingOutcome }[];
  readonly images: readonly string[];
}

/** A page of decisions, newest first; the cursors are undefined at the ends. */
export interface SearchResult {
  readonly rows: readonly DecisionRow[];
  /** Leads to older ones. */
  readonly next: string | undefined;
  /** Leads to newer ones. */
  readonly previous: string | undefined;
}

/** One decision: by its id in this store, or by what it is called everywhere. */
export type DecisionQuestion =
  | { readonly id: number }
  | { readonly instance: string; readonly seq: number }
  | { readonly uid: string };

/** A decision with all that is known of it. */
export interface DecisionResult {
  readonly row: DecisionRow;
  readonly record: DecisionRecord;
  /** What the API server's audit log knows of it. */
  readonly audit: AuditFacts | null;
  /** Decisions about the same owner, and of the same user, shortly before and after; newest first. */
  readonly neighbours: { readonly owner: Neighbours; readonly user: Neighbours };
}

export interface AuditFacts {
  readonly auditId: string;
  readonly sourceIps: string | null;
  readonly userAgent: string | null;
  readonly impersonator: string | null;
}

export interface Neighbours {
  readonly after: readonly DecisionRow[];
  readonly before: readonly DecisionRow[];
}
