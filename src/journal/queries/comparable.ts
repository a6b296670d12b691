import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../../checks/check.ts';
import type { Policy, Rule } from '../../config/policy.ts';
import { canonicalSetting } from '../../config/settings.ts';
import type { Subject } from '../../kubernetes/subject.ts';
import type { Configured } from './configured.ts';

/**
 * Whether two configurations give pods of a namespace the same fuse contract, so that the mutation and the checks that
 * prove it would have done the same.
 */
export function isFuseAlike(old: Configured, next: Configured, namespace: string): boolean {
  const { permitted: before, ...fuse } = old.configuration.fuse;
  const { permitted: after, ...other } = next.configuration.fuse;
  return before(namespace) === after(namespace) && isDeepStrictEqual(fuse, other);
}

/** Whether two configurations call the same updates unchanged. */
export function isUpdateAlike({ configuration: old }: Configured, { configuration: next }: Configured): boolean {
  return old.fuse.label.key === next.fuse.label.key && isDeepStrictEqual(old.annotationsRead, next.annotationsRead);
}

/**
 * Names the rules of a policy of whose checks a record cannot tell all: those that were not run, and those that looked
 * for something else.
 */
export function untoldRules(
  old: { readonly configured: Configured; readonly policy: Policy },
  next: { readonly configured: Configured; readonly policy: Policy },
  kind: Subject['kind'],
  fuseAlike: boolean,
): readonly Rule[] {
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

function siteOf(
  check: Check,
  { configured, policy }: { readonly configured: Configured; readonly policy: Policy },
): string {
  const site = configured.profiles(policy.profile.name)?.checks.get(check.id)?.site ?? {};
  const settings = Object.entries(site).map(([name, setting]) => [name, canonicalSetting(setting, check.site[name])]);
  return JSON.stringify(settings.sort());
}
