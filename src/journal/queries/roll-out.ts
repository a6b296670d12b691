import type { Decision } from '../../admission/outcome.ts';
import type { Action, Mode } from '../../config/policy.ts';
import type { TimeRange } from './overview.ts';
import type { RecordFilter } from './questions.ts';

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
  | 'template'
  /** Even under its own configuration it comes to another decision now. */
  | 'inconsistent';

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
