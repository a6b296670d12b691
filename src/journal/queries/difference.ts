import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../../checks/check.ts';
import { checks } from '../../checks/registry.ts';
import type { NamespacesEntry, Scope } from '../../config/effective.ts';
import type { Action, Mode } from '../../config/policy.ts';
import type { CheckEntry, ResolvedProfile } from '../../config/profiles.ts';
import { canonicalSetting } from '../../config/settings.ts';
import { allowanceChanges, type Changes, change, difference, effectOf, listChanges } from './change.ts';
import type { Configured } from './configured.ts';
import { exemptionChanges } from './exemption-difference.ts';
import type { ConfigurationChange } from './usage.ts';

const modes: Readonly<Record<Mode, number>> = { audit: 0, warn: 1, enforce: 2 };
const actions: Readonly<Record<Action, number>> = { ignore: 0, audit: 1, warn: 2, deny: 3 };

/** Says in words what differs between two configurations. Pure; the order is that of a configuration's sections. */
export function configurationChanges(old: Configured, next: Configured): Changes {
  const [before, after] = [old.effective, next.effective];
  return [
    ...scopeChanges('default', before.default, after.default),
    ...scopeChanges('clusterScoped', before.clusterScoped, after.clusterScoped),
    ...namespaceChanges(old, next),
    ...profileChanges(old, next),
    ...exemptionChanges(
      before.exemptions.map(({ value }) => value),
      after.exemptions.map(({ value }) => value),
    ),
    ...fieldChanges('mountFuse', before.mountFuse, after.mountFuse),
    ...groupChanges(before.breakGlass.groups, after.breakGlass.groups),
    ...fieldChanges('journal', before.journal, after.journal),
    ...(isDeepStrictEqual(before.customResources, after.customResources)
      ? []
      : [change('customResources', 'The custom resources that are judged differ.', 'other')]),
  ];
}

function scopeChanges(subject: string, before: Scope, after: Scope): Changes {
  const changes: ConfigurationChange[] = [];
  if (before.mode !== after.mode) {
    const effect = effectOf(modes[before.mode], modes[after.mode]);
    changes.push(change(subject, `The mode goes from ${before.mode} to ${after.mode}.`, effect));
  }
  if (before.profile !== after.profile) {
    changes.push(change(subject, `The profile goes from ${before.profile} to ${after.profile}.`, 'other'));
  }
  return changes;
}

/** By pattern: the first entry with it is the one that counts. */
function namespaceChanges({ effective: before }: Configured, { effective: after }: Configured): Changes {
  const entries = (list: typeof before.namespaces) => {
    const found = new Map<string, NamespacesEntry>();
    for (const { value } of list) for (const pattern of value.match) if (!found.has(pattern)) found.set(pattern, value);
    return found;
  };
  const [old, next] = [entries(before.namespaces), entries(after.namespaces)];
  const changes: ConfigurationChange[] = [];
  for (const [pattern, value] of next) {
    const known = old.get(pattern);
    const subject = `namespace ${pattern}`;
    if (known === undefined) {
      changes.push(
        change(subject, `Has an entry of its own: ${entryWords(value)}; before, what matched otherwise.`, 'other'),
      );
      continue;
    }
    changes.push(...scopeChanges(subject, known, value), ...builderChanges(subject, known, value));
  }
  for (const [pattern, value] of old) {
    if (next.has(pattern)) continue;
    changes.push(
      change(`namespace ${pattern}`, `Has no entry of its own any more: it was ${entryWords(value)}.`, 'other'),
    );
  }
  const shared = (keys: Iterable<string>, other: ReadonlyMap<string, unknown>) =>
    [...keys].filter((key) => other.has(key));
  if (!isDeepStrictEqual(shared(old.keys(), next), shared(next.keys(), old))) {
    changes.push(change('namespaces', 'The entries are in another order, and the first that matches counts.', 'other'));
  }
  return changes;
}

function entryWords({ profile, mode, builders }: NamespacesEntry): string {
  const built = builders.length === 0 ? '' : `, builders ${builders.map((one) => one.profile).join(', ')}`;
  return `profile ${profile}, mode ${mode}${built}`;
}

function builderChanges(subject: string, before: NamespacesEntry, after: NamespacesEntry): Changes {
  const words = ({ builders }: NamespacesEntry) =>
    builders.map(({ profile, containers }) => `${profile} for ${[...containers].sort().join(', ')}`);
  return listChanges(subject, 'builder profile', words(before), words(after));
}

/** Of profiles that are used, or written, on either side. */
function profileChanges(old: Configured, next: Configured): Changes {
  const names = new Set(
    [old, next].flatMap(({ effective }) => [
      effective.default.profile,
      effective.clusterScoped.profile,
      ...effective.namespaces.map(({ value }) => value.profile),
      ...effective.profiles.keys(),
    ]),
  );
  return [...names].sort().flatMap((name) => {
    const [before, after] = [old.profiles(name), next.profiles(name)];
    const subject = `profile ${name}`;
    if (before === undefined) return after === undefined ? [] : [change(subject, 'Is new.', 'other')];
    if (after === undefined) return [change(subject, 'Is gone.', 'other')];
    return resolvedChanges(subject, before, after);
  });
}

function resolvedChanges(subject: string, before: ResolvedProfile, after: ResolvedProfile): Changes {
  const changes: ConfigurationChange[] = [];
  if (before.templates !== after.templates) {
    const effect = effectOf(actions[before.templates], actions[after.templates]);
    changes.push(
      change(subject, `What is done about templates goes from ${before.templates} to ${after.templates}.`, effect),
    );
  }
  if (before.denialStatus !== after.denialStatus) {
    changes.push(
      change(subject, `Denials have the status ${after.denialStatus}, not ${before.denialStatus}.`, 'other'),
    );
  }
  for (const check of checks) {
    const [old, next] = [before.checks.get(check.id), after.checks.get(check.id)];
    if (old !== undefined && next !== undefined) changes.push(...checkChanges(subject, check, old, next));
  }
  return changes;
}

function checkChanges(subject: string, check: Check, before: CheckEntry, after: CheckEntry): Changes {
  const changes: ConfigurationChange[] = [];
  if (before.action !== after.action) {
    const effect = effectOf(actions[before.action], actions[after.action]);
    changes.push(change(subject, `The action of ${check.id} goes from ${before.action} to ${after.action}.`, effect));
  }
  // What is not run allows nothing and looks for nothing.
  if (before.action === 'ignore' || after.action === 'ignore') return changes;
  changes.push(...allowanceChanges(subject, check, before.allow, after.allow));
  for (const name of Object.keys(check.site)) {
    const words = ({ site }: CheckEntry) => canonicalSetting(site[name] ?? [], check.site[name]);
    const [old, next] = [words(before), words(after)];
    if (isDeepStrictEqual(old, next)) continue;
    changes.push(change(subject, `${check.id} looks for other ${name}: ${difference(old, next)}.`, 'other'));
  }
  return changes;
}

function groupChanges(before: readonly string[], after: readonly string[]): Changes {
  return listChanges('breakGlass', 'group', before, after);
}

/** Field by field, in the words of the configuration. */
function fieldChanges(subject: string, before: object, after: object): Changes {
  const old = new Map(Object.entries(before));
  return Object.entries(after).flatMap(([name, value]) => {
    const was: unknown = old.get(name);
    if (isDeepStrictEqual(was, value)) return [];
    return [change(subject, `\`${name}\` goes from ${JSON.stringify(was)} to ${JSON.stringify(value)}.`, 'other')];
  });
}
