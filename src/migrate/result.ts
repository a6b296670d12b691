import type { ConfigurationDocument } from '../config/document.ts';
import type { Rule } from './rules.ts';

/** How what Pratique objects to stands to what a rule of Kyverno's objects to. */
export type Verdict =
  /** Both object to the same objects. */
  | 'equal'
  /** Pratique objects to more. */
  | 'stricter'
  /** Pratique objects to less. */
  | 'looser'
  /** Each objects to something that the other does not. */
  | 'partly'
  /** Kyverno has to keep it. */
  | 'left'
  /** Kyverno was not asked: only what the text of the rule shows is known. */
  | 'unproven';

/** An object of which the two say different things. */
export interface Difference {
  /** Which one it is, for people. */
  readonly object: string;
  /** `case`, or the file that it is from. */
  readonly from: string;
  readonly kyverno: string;
  readonly pratique: string;
}

/** What is said of one rule. */
export interface RuleReport extends Pick<Rule, 'source' | 'kind' | 'policy' | 'name' | 'deed' | 'action'> {
  readonly verdict: Verdict;
  /** Sorted ids of the checks that object to the same. */
  readonly checks: readonly string[];
  /** What the configuration needs beyond profile dind: entries of checks, or `mountFuse`. */
  readonly needs: Readonly<Record<string, unknown>>;
  /** Why it is left, or why nothing is proven. */
  readonly why: string | undefined;
  /** What has to be known beside the verdict. */
  readonly notes: readonly string[];
  /** So many objects were shown to both. */
  readonly compared: { readonly cases: number; readonly own: number };
  /** So many of them both object to, or treat alike where the rule changes them. */
  readonly agreed: number;
  /** Kyverno objects to these and the checks do not; of a rule that changes pods: Kyverno alone does. */
  readonly lost: readonly Difference[];
  /** The checks object to these and Kyverno does not; likewise. */
  readonly gained: readonly Difference[];
  /** Both change these, and not alike. */
  readonly otherwise: readonly Difference[];
}

/** What becomes of a PolicyException. */
export interface ExceptionReport {
  readonly source: string;
  readonly name: string;
  /** The exemption that is written for it; undefined: it stays with Kyverno. */
  readonly exemption: string | undefined;
  readonly why: string | undefined;
  readonly notes: readonly string[];
  /** So many objects that the rules object to are let through by both. */
  readonly agreed: number;
  /** Let through by Kyverno alone, and by Pratique alone. */
  readonly lost: readonly Difference[];
  readonly gained: readonly Difference[];
}

/** Everything that is said of a set of policies. */
export interface Migration {
  /** The version of Kyverno's CLI; undefined: it was not there, and nothing is proven. */
  readonly kyverno: string | undefined;
  readonly rules: readonly RuleReport[];
  readonly exceptions: readonly ExceptionReport[];
  readonly configuration: ConfigurationDocument;
  /** What a person has to fill in or decide before the configuration is valid. */
  readonly toFillIn: readonly string[];
  /** What could not be read. */
  readonly errors: readonly string[];
}

/** 2: something could not be read; 1: something is left, looser or not proven; 0: everything is covered. */
export function exitCodeOf({ rules, exceptions, errors }: Migration): 0 | 1 | 2 {
  if (errors.length > 0) return 2;
  const covered: ReadonlySet<Verdict> = new Set(['equal', 'stricter']);
  const isOpen =
    rules.some(({ verdict }) => !covered.has(verdict)) || exceptions.some(({ exemption }) => exemption === undefined);
  return isOpen ? 1 : 0;
}
