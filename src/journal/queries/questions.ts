import type { Kysely } from 'kysely';
import type { Decision, WebhookPath } from '../../admission/outcome.ts';
import type { Action, Mode } from '../../config/policy.ts';
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

/** What is raised, all at once; at least one of them. */
export interface Raise {
  readonly mode?: Mode;
  /** Checks whose action is raised. */
  readonly checks?: readonly string[];
  /** To what; `deny` when absent. */
  readonly action?: Exclude<Action, 'ignore'>;
  /** A profile, of those that each record's configuration has. */
  readonly profile?: string;
}

/** What would be denied, had something been raised. */
export interface BreakQuestion extends TimeRange {
  /** Exact, or a pattern with `*`; everywhere when absent. */
  readonly namespace?: string;
  readonly raise: Raise;
  /** Owners at most. */
  readonly limit: number;
}

/** A finding with how often it was there. */
export interface FindingCount {
  readonly check: string;
  readonly container: string | null;
  readonly volume: string | null;
  readonly key: string | null;
  readonly value: string;
  /** Records. */
  readonly n: number;
}

/** What became of a workload's records. */
export interface WorkloadChange {
  readonly namespace: string | null;
  /** The owner, else `resource/name`. */
  readonly workload: string | null;
  /** Records. */
  readonly n: number;
  readonly first: number;
  readonly last: number;
  /** `id` of the last one. */
  readonly lastId: number;
  /** The most frequent first. */
  readonly findings: readonly FindingCount[];
}

/** Why records could not be judged anew. */
export interface Unjudged {
  /** A word for programs. */
  readonly reason: UnjudgedReason;
  /** A sentence for people. */
  readonly detail: string;
  /** Records. */
  readonly n: number;
  readonly first: number;
  readonly last: number;
  /** Some of the workloads, as `namespace/Kind/name`. */
  readonly workloads: readonly string[];
}

/** Why a record cannot be judged anew. */
export type UnjudgedReason =
  /** It ended in an error. */
  | 'error'
  /** No configuration line of its hash is in the store, or the line is of another version of the program. */
  | 'unknown-configuration'
  /** A check was not run then, or looked for something else, and its findings could decide. */
  | 'check-not-run'
  /** The record holds only a part of the findings. */
  | 'cut'
  /** An allowance cannot be held against a value that was shortened. */
  | 'value'
  /** Whether a finding is old, or an update changes anything, is not known. */
  | 'update'
  /** Whether a builder profile or an exemption fits depends on what the record does not have. */
  | 'facts'
  /** The mutation would leave another pod. */
  | 'mutation'
  /** Templates were not judged. */
  | 'template';

/** Records that nobody wrote, since plain allows are only counted. */
export interface NotRecorded {
  /** Reviews of the instances that were heard of in the time, since their start. */
  readonly reviews: number;
  /** Of these, those without a record: plain allows. */
  readonly plain: number;
}

/** What of a question about the past could be answered. */
export interface Coverage {
  /** Records that were read. */
  readonly read: number;
  /** Of these, those that were judged anew. */
  readonly judged: number;
  readonly unjudged: readonly Unjudged[];
  readonly notRecorded: NotRecorded;
  /** Records by the version of the program that made them: another version may find other things. */
  readonly versions: Readonly<Record<string, number>>;
  /** Where there are too many records to read: the time of the oldest that was read. */
  readonly readFrom: number | null;
}

/** The most records first. */
export interface BreakResult {
  readonly breaks: readonly WorkloadChange[];
  /** Workloads beyond the limit. */
  readonly more: number;
  readonly coverage: Coverage;
}

/** What another configuration would have decided. */
export interface SimulateResult {
  readonly newlyDenied: readonly WorkloadChange[];
  readonly newlyAdmitted: readonly WorkloadChange[];
  /** Workloads beyond the limit, of both lists. */
  readonly more: number;
  /** How many records went from one decision to another. */
  readonly changes: readonly { readonly from: Decision; readonly to: Decision; readonly n: number }[];
  /** Records that were judged and are decided as before. */
  readonly unchanged: number;
  readonly coverage: Coverage;
}

export interface SimulateQuestion extends TimeRange {
  readonly filter: Pick<RecordFilter, 'namespace' | 'user' | 'owner'>;
  /** Workloads at most, in each list. */
  readonly limit: number;
}

/** What exemptions did. */
export interface ExemptionsQuestion extends TimeRange {
  /** Exact, or a pattern with `*`; all when absent. */
  readonly name?: string;
  /** How long before its end an exemption is told to be expiring, in milliseconds. */
  readonly soon: number;
  readonly now: number;
}

export interface ExemptionRow {
  readonly name: string;
  /** `gone`: in no configuration that is in force. */
  readonly state: 'in-force' | 'expiring' | 'expired' | 'gone';
  readonly used: boolean;
  readonly owner: string | null;
  readonly reason: string | null;
  readonly namespaces: readonly string[];
  /** A date, or `never`. */
  readonly expires: string | null;
  /** Records that it let through in the time. */
  readonly n: number;
  readonly first: number | null;
  readonly last: number | null;
  /** What it let through, the most frequent first: of the newest `looked` records. */
  readonly findings: readonly FindingCount[];
  readonly looked: number;
}

export interface ExemptionsResult {
  readonly exemptions: readonly ExemptionRow[];
  /** Hashes in force of which no configuration line came: exemptions of theirs may be missing. */
  readonly unknownConfigurations: readonly string[];
}

/** Pods that the mutation patched, or would have, and labelled ones that were refused. */
export interface FuseQuestion extends TimeRange {
  readonly namespace?: string;
  /** Rows at most, in each list. */
  readonly limit: number;
}

export interface MutatedRow {
  readonly namespace: string | null;
  readonly workload: string | null;
  readonly decision: 'patch' | 'would-patch';
  readonly n: number;
  readonly first: number;
  readonly last: number;
}

export interface RefusedRow {
  readonly namespace: string | null;
  readonly workload: string | null;
  readonly check: string;
  /** Which part of the contract: the finding's value. */
  readonly value: string;
  readonly outcome: FindingOutcome;
  readonly n: number;
  readonly first: number;
  readonly last: number;
  readonly lastId: number;
}

export interface FuseResult {
  readonly mutated: readonly MutatedRow[];
  readonly refused: readonly RefusedRow[];
  /** Whether either list is longer. */
  readonly more: boolean;
}

/** A configuration that some decision was made under. */
export interface ConfigurationRow {
  readonly hash: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Whether a configuration line brought what it says. */
  readonly known: boolean;
  /** Instances that use it now, by name. */
  readonly instances: readonly string[];
  /** Records in the time, by decision. */
  readonly decisions: Readonly<Partial<Record<Decision, number>>>;
}

/** One difference of two configurations, in words. */
export interface ConfigurationChange {
  /** The part that changed, such as `profile dind`, `exemption fuse-device-plugin`, `namespace ci`. */
  readonly subject: string;
  /** A sentence. */
  readonly text: string;
  /** Whether more is let through by it, less, or it cannot be said. */
  readonly effect: 'weaker' | 'stronger' | 'other';
}

export interface ConfigurationDifference {
  readonly from: string;
  readonly to: string;
  /** Hashes of which no configuration line came; then there are no changes to tell. */
  readonly unknown: readonly string[];
  readonly changes: readonly ConfigurationChange[];
}
