import { checkById, checks } from '../checks/registry.ts';
import type { Subject } from '../kubernetes/subject.ts';
import type { Fuse } from '../matching/fuse.ts';
import { compileBuilder } from './builders.ts';
import type { EffectiveConfiguration, MountFuse, NamespacesEntry, Scope } from './effective.ts';
import { compileExemption } from './exemptions.ts';
import { hashOf } from './hash.ts';
import { endOf } from './names.ts';
import { indexNamespaces, remembered } from './namespaces.ts';
import type { BuilderProfile, Configuration, Policy, Profile, Rule } from './policy.ts';
import type { CheckEntry, Profiles, ResolvedProfile } from './profiles.ts';
import { compileAllowance, compileAllowances, compileSettings } from './settings.ts';

/** Compiles a valid configuration; what a request needs of it later is a look-up, whatever its size. */
export function compileConfiguration(effective: EffectiveConfiguration, profiles: Profiles): Configuration {
  const fuse = compileFuse(effective.mountFuse);
  const profileOf = remembered((name) => compileProfile(profileNamed(name, profiles), fuse));
  const { breakGlass, customResources, journal, exemptions } = effective;
  return {
    hash: hashOf(effective, profiles),
    policyFor: compilePolicies(effective, profileOf, fuse),
    clusterScoped: { ...policyOf(effective.clusterScoped, profileOf), builders: [], exemptions: [] },
    fuse,
    breakGlassGroups: new Set(breakGlass.groups),
    customResources,
    journal,
    exemptions: exemptions.map(({ value }) => ({
      name: value.name,
      owner: value.owner,
      expires: endOf(value.expires) ?? 0,
    })),
    annotationsRead: annotationsRead(effective, profileOf),
  };
}

/** The keys that the checks read by themselves, and those that some profile in use adds. */
function annotationsRead(
  { namespaces, default: otherwise, clusterScoped }: EffectiveConfiguration,
  profileOf: (name: string) => Profile,
): readonly string[] {
  const read = new Set(checks.flatMap((check) => check.annotations ?? []));
  const used = new Set(
    [otherwise, clusterScoped, ...namespaces.map(({ value }) => value)].map(({ profile }) => profile),
  );
  for (const name of used) {
    for (const { check, site } of Object.values(profileOf(name).rules).flat()) {
      for (const setting of check.annotationSettings ?? []) {
        for (const key of (site[setting] as ReadonlySet<string> | undefined) ?? []) read.add(key);
      }
    }
  }
  return [...read].sort();
}

/** Compiles a profile: a rule for each check that is not ignored, by kind of subject, sorted by the check's id. */
function compileProfile({ name, denialStatus, templates, checks: entries }: ResolvedProfile, fuse: Fuse): Profile {
  const rules: Rule[] = [];
  for (const [id, entry] of entries) {
    const rule = ruleOf(id, entry, fuse);
    if (rule !== undefined) rules.push(rule);
  }
  rules.sort((a, b) => (a.check.id < b.check.id ? -1 : 1));
  const rulesOf = (kind: Subject['kind']) => rules.filter(({ check }) => check.find[kind] !== undefined);
  return {
    name,
    denialStatus,
    templates,
    rules: {
      pod: rulesOf('pod'),
      persistentVolume: rulesOf('persistentVolume'),
      storageClass: rulesOf('storageClass'),
      runtimeClass: rulesOf('runtimeClass'),
      resourceClaim: rulesOf('resourceClaim'),
      service: rulesOf('service'),
    },
  };
}

function ruleOf(id: string, { action, allow, site }: CheckEntry, fuse: Fuse): Rule | undefined {
  const check = checkById(id);
  if (check === undefined || action === 'ignore') return undefined;
  const rule = { check, action, site: compileSettings(check.site, site, fuse) };
  return allow === undefined ? rule : { ...rule, permits: compileAllowance(check, allow, fuse) };
}

function compilePolicies(
  effective: EffectiveConfiguration,
  profileOf: (name: string) => Profile,
  fuse: Fuse,
): (namespace: string) => Policy {
  const compiled = effective.exemptions.map(({ value }) =>
    compileExemption(value, compileAllowances(value.allow, fuse)),
  );
  const exempting = indexNamespaces(effective.exemptions.map(({ value }) => value.namespaces));
  const matching = indexNamespaces(effective.namespaces.map(({ value }) => value.match));
  const scopes = effective.namespaces.map(({ value }) => ({
    ...policyOf(value, profileOf),
    builders: buildersOf(value, fuse),
  }));
  const otherwise = { ...policyOf(effective.default, profileOf), builders: [] };
  return remembered((namespace) => {
    const index = matching.first(namespace);
    const exemptions = exempting.all(namespace).flatMap((one) => compiled[one] ?? []);
    return { ...((index === undefined ? undefined : scopes[index]) ?? otherwise), exemptions };
  });
}

function policyOf({ profile, mode }: Scope, profileOf: (name: string) => Profile): Pick<Policy, 'profile' | 'mode'> {
  return { profile: profileOf(profile), mode };
}

function buildersOf({ builders }: NamespacesEntry, fuse: Fuse): readonly BuilderProfile[] {
  return builders.map(({ profile, containers }) => compileBuilder(profile, containers, fuse));
}

function profileNamed(name: string, profiles: Profiles): ResolvedProfile {
  const profile = profiles(name);
  // The rules have proved that every profile that is named is there.
  if (profile === undefined) throw new Error(`There is no profile ${name}.`);
  return profile;
}

function compileFuse(document: MountFuse): Fuse {
  const [[key, value] = ['', '']] = Object.entries(document.label);
  const permitted = indexNamespaces([document.namespaces]);
  return {
    label: { key, value },
    resource: document.resource,
    gatedResources: new Set(document.gatedResources),
    count: document.count,
    containers: document.containers,
    runtimeClassName: document.runtimeClassName,
    acceptedRuntimeClassNames: new Set(document.acceptedRuntimeClassNames),
    acceptUserNamespaces: document.acceptUserNamespaces,
    permitted: remembered((namespace) => permitted.first(namespace) !== undefined),
  };
}
