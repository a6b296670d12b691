import { defaultDocument } from './builtin.ts';
import { compileConfiguration } from './compile.ts';
import type { ConfigurationDocument } from './document.ts';
import { type EffectiveConfiguration, mergeConfiguration } from './effective.ts';
import { noticesOf, type PlacedNotice } from './notices.ts';
import type { Configuration, Mode } from './policy.ts';
import type { Complaint } from './problem.ts';
import { resolveProfiles } from './profiles.ts';
import { reportRules } from './rules.ts';

/** Another profile or mode for every namespace, as the options of a command give it. */
export interface Override {
  readonly profile?: string | undefined;
  readonly mode?: Mode | undefined;
  /** Whether every namespace may ask for the fuse device: for objects of which nobody says where they will be. */
  readonly anyNamespaceMayAsk?: boolean | undefined;
}

/** A document of the right form; what is malformed in it has been left out, and told. */
export interface Source {
  readonly document: ConfigurationDocument;
  readonly malformed: ReadonlySet<string>;
  readonly complaints: readonly Complaint[];
}

export type Assembly =
  | {
      readonly kind: 'configuration';
      readonly configuration: Configuration;
      readonly effective: EffectiveConfiguration;
      readonly notices: readonly PlacedNotice[];
    }
  | { readonly kind: 'invalid'; readonly complaints: readonly Complaint[] };

/** Merges a document into the embedded default, holds it against every rule, and compiles it when nothing is wrong. */
export function assemble(source: Source, now: number, override: Override = {}): Assembly {
  const effective = overridden(mergeConfiguration(defaultDocument(), source.document), override);
  const profiles = resolveProfiles(effective);
  const complaints = [...source.complaints];
  reportRules({ effective, profiles, malformed: source.malformed }, (path, message, suggestion) => {
    complaints.push({ path, message, suggestion });
  });
  if (complaints.length > 0) return { kind: 'invalid', complaints };
  return {
    kind: 'configuration',
    configuration: compileConfiguration(effective, profiles),
    effective,
    notices: noticesOf(effective, now),
  };
}

function overridden(effective: EffectiveConfiguration, override: Override): EffectiveConfiguration {
  const { profile, mode, anyNamespaceMayAsk } = override;
  const scoped = <T extends EffectiveConfiguration['default']>(scope: T): T => ({
    ...scope,
    profile: profile ?? scope.profile,
    mode: mode ?? scope.mode,
  });
  return {
    ...effective,
    namespaces: effective.namespaces.map(({ at, value }) => ({ at, value: scoped(value) })),
    default: scoped(effective.default),
    clusterScoped: scoped(effective.clusterScoped),
    mountFuse: anyNamespaceMayAsk
      ? { ...effective.mountFuse, namespaces: ['**'], acceptGlob: true }
      : effective.mountFuse,
  };
}
