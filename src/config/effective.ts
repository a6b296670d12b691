import type { CustomResource } from '../kubernetes/custom-resource.ts';
import {
  apiVersion,
  type BuilderUseDocument,
  type ConfigurationDocument,
  type ExemptionDocument,
  type MountFuseDocument,
  type ProfileDocument,
} from './document.ts';
import type { Mode } from './policy.ts';
import type { DocumentPath } from './problem.ts';

/** A part of the document with its place. */
export interface Placed<T> {
  readonly at: DocumentPath;
  readonly value: T;
}

/** The profile and mode of a namespace, of the default, or of objects without a namespace. */
export interface Scope {
  readonly profile: string;
  readonly mode: Mode;
}

/** An entry of `namespaces`, with what it leaves out filled in. */
export interface NamespacesEntry extends Scope {
  readonly match: readonly string[];
  readonly builders: readonly BuilderUseDocument[];
  readonly acceptGlob: boolean;
}

/** The fuse contract with nothing left out. */
export type MountFuse = { readonly [K in keyof MountFuseDocument]-?: Exclude<MountFuseDocument[K], undefined> };

/** A configuration with nothing left out: the embedded default with a user's document merged into it. */
export interface EffectiveConfiguration {
  /** The site's own profiles, by name. */
  readonly profiles: ReadonlyMap<string, Placed<ProfileDocument>>;
  readonly namespaces: readonly Placed<NamespacesEntry>[];
  readonly default: Scope;
  readonly clusterScoped: Scope;
  readonly mountFuse: MountFuse;
  readonly exemptions: readonly Placed<ExemptionDocument>[];
  readonly breakGlass: { readonly groups: readonly string[] };
  readonly customResources: readonly CustomResource[];
  readonly journal: { readonly allows: 'none' | 'all'; readonly sync: boolean };
}

/**
 * Merges a user's document into the embedded default: sections field by field, lists as a whole.
 *
 * What a namespaces entry, or clusterScoped, leaves out comes from default. Entries that are undefined, because they
 * were malformed, are passed over.
 */
export function mergeConfiguration(base: ConfigurationDocument, user: ConfigurationDocument): EffectiveConfiguration {
  const scope: Scope = {
    profile: user.default?.profile ?? base.default?.profile ?? 'dind',
    mode: user.default?.mode ?? base.default?.mode ?? 'enforce',
  };
  const breakGlass = { ...base.breakGlass, ...user.breakGlass };
  const journal = { ...base.journal, ...user.journal };
  return {
    profiles: profilesOf(user),
    namespaces: placed(user.namespaces ?? base.namespaces, 'namespaces').map(({ at, value }) => ({
      at,
      value: {
        match: value.match,
        profile: value.profile ?? scope.profile,
        mode: value.mode ?? scope.mode,
        builders: value.builders ?? [],
        acceptGlob: value.acceptGlob ?? false,
      },
    })),
    default: scope,
    clusterScoped: {
      profile: user.clusterScoped?.profile ?? base.clusterScoped?.profile ?? scope.profile,
      mode: user.clusterScoped?.mode ?? base.clusterScoped?.mode ?? scope.mode,
    },
    mountFuse: { ...base.mountFuse, acceptGlob: false, ...user.mountFuse } as MountFuse,
    exemptions: placed(user.exemptions ?? base.exemptions, 'exemptions'),
    breakGlass: { groups: breakGlass.groups ?? [] },
    customResources: (user.customResources ?? []).filter((one) => one !== undefined),
    journal: { allows: journal.allows ?? 'none', sync: journal.sync ?? false },
  };
}

/** Writes an effective configuration as a document again, which means the same when it is loaded. */
export function wholeDocument(
  effective: EffectiveConfiguration,
): ConfigurationDocument & { readonly [key: string]: unknown } {
  return {
    apiVersion,
    kind: 'PratiqueConfiguration',
    profiles: Object.fromEntries([...effective.profiles].map(([name, { value }]) => [name, value])),
    namespaces: effective.namespaces.map(({ value }) => value),
    default: effective.default,
    clusterScoped: effective.clusterScoped,
    mountFuse: effective.mountFuse,
    exemptions: effective.exemptions.map(({ value }) => value),
    breakGlass: effective.breakGlass,
    customResources: effective.customResources,
    journal: effective.journal,
  };
}

function profilesOf(user: ConfigurationDocument): ReadonlyMap<string, Placed<ProfileDocument>> {
  const profiles = new Map<string, Placed<ProfileDocument>>();
  for (const [name, value] of Object.entries(user.profiles ?? {}))
    profiles.set(name, { at: ['profiles', name], value });
  return profiles;
}

function placed<T>(list: readonly (T | undefined)[] | undefined, section: string): readonly Placed<T>[] {
  const entries: Placed<T>[] = [];
  for (const [index, value] of (list ?? []).entries()) {
    if (value !== undefined) entries.push({ at: [section, index], value });
  }
  return entries;
}
