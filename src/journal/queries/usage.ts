import type { Decision } from '../../admission/outcome.ts';
import type { FindingOutcome } from '../store/schema.ts';
import type { TimeRange } from './overview.ts';
import type { FindingCount } from './roll-out.ts';

/** What exemptions did. */
export interface ExemptionsQuestion extends TimeRange {
  /** Exact, or a pattern with `*`; all when absent. */
  readonly name?: string;
  /** How long before its end an exemption is told to be expiring, in milliseconds. */
  readonly soon: number;
  readonly now: number;
}

/** An exemption of a configuration in force that ended, or ends soon. */
export interface EndingExemption {
  readonly name: string;
  readonly state: 'expiring' | 'expired';
  readonly owner: string;
  /** A date. */
  readonly expires: string;
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
