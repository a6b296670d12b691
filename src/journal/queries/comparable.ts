import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../../checks/check.ts';
import type { Policy, Profile, Rule } from '../../config/policy.ts';
import { canonicalSetting } from '../../config/settings.ts';
import type { Subject } from '../../kubernetes/subject.ts';
import type { Fuse } from '../../matching/fuse.ts';
import type { Configured } from './configured.ts';

/** A configuration, and what holds in a namespace under it. */
export interface Side {
  readonly configured: Configured;
  readonly policy: Policy;
}

/**
 * Whether two configurations give pods of a namespace the same fuse contract, so that the mutation and the checks that
 * prove it would have done the same.
 */
export function isFuseAlike(old: Configured, next: Configured, namespace: string): boolean {
  const [before, after] = [old.configuration.fuse, next.configuration.fuse];
  return before.permitted(namespace) === after.permitted(namespace) && isSameContract(before, after);
}

const sameContracts = new WeakMap<Fuse, WeakMap<Fuse, boolean>>();

/** But for the namespaces. Two configurations are held against each other once, not for each record. */
function isSameContract(before: Fuse, after: Fuse): boolean {
  const { permitted: _, ...fuse } = before;
  const { permitted: __, ...other } = after;
  return rememberedPair(sameContracts, before, after, () => isDeepStrictEqual(fuse, other));
}

function rememberedPair<K extends object, V>(known: WeakMap<K, WeakMap<K, V>>, left: K, right: K, make: () => V): V {
  const own = known.get(left) ?? new WeakMap<K, V>();
  known.set(left, own);
  const before = own.get(right);
  if (before !== undefined) return before;
  const made = make();
  own.set(right, made);
  return made;
}

/** Whether two configurations call the same updates unchanged. */
export function isUpdateAlike({ configuration: old }: Configured, { configuration: next }: Configured): boolean {
  return old.fuse.label.key === next.fuse.label.key && isDeepStrictEqual(old.annotationsRead, next.annotationsRead);
}

/**
 * Names the rules of a policy of whose checks a record cannot tell all: those that were not run, and those that looked
 * for something else.
 */
export function untoldRules(old: Side, next: Side, kind: Subject['kind'], fuseAlike: boolean): readonly Rule[] {
  const known = rememberedPair(untold, old.policy.profile, next.policy.profile, () => new Map());
  const key = `${kind} ${fuseAlike}`;
  const rules = known.get(key) ?? findUntold(old, next, kind, fuseAlike);
  known.set(key, rules);
  return rules;
}

/** Of pairs of profiles, each of which belongs to one compiled configuration. */
const untold = new WeakMap<Profile, WeakMap<Profile, Map<string, readonly Rule[]>>>();

function findUntold(old: Side, next: Side, kind: Subject['kind'], fuseAlike: boolean): readonly Rule[] {
  const run = new Set(old.policy.profile.rules[kind].map(({ check }) => check.id));
  return next.policy.profile.rules[kind].filter(({ check }) => {
    if (!run.has(check.id)) return true;
    if (!fuseAlike && readsFuse(check)) return true;
    return siteOf(check, old) !== siteOf(check, next);
  });
}

function readsFuse({ site }: Check): boolean {
  return Object.values(site).some(({ kind }) => kind === 'fuse');
}

function siteOf(check: Check, { configured, policy }: Side): string {
  const site = configured.profiles(policy.profile.name)?.checks.get(check.id)?.site ?? {};
  const settings = Object.entries(site).map(([name, setting]) => [name, canonicalSetting(setting, check.site[name])]);
  return JSON.stringify(settings.sort());
}
