import { compileConfiguration } from '../../config/compile.ts';
import { apiVersion } from '../../config/document.ts';
import type { EffectiveConfiguration, Scope } from '../../config/effective.ts';
import { loadConfiguration } from '../../config/load.ts';
import type { Configuration } from '../../config/policy.ts';
import { type Profiles, resolveProfiles } from '../../config/profiles.ts';
import type { Journal } from './questions.ts';

/** A configuration, compiled and as it is written. */
export interface Configured {
  readonly configuration: Configuration;
  readonly effective: EffectiveConfiguration;
  readonly profiles: Profiles;
}

/** Takes a configuration apart that was loaded. */
export function configuredOf(configuration: Configuration, effective: EffectiveConfiguration): Configured {
  return { configuration, effective, profiles: resolveProfiles(effective) };
}

/**
 * Compiles the document of a configuration line; undefined when this program reads something else in it than the one
 * that wrote it, whose built-in profiles may have been others: the hash tells.
 */
export function configuredFrom(document: string, hash: string): Configured | undefined {
  const recorded = loadedFrom(document);
  return recorded?.configuration.hash === hash ? recorded : undefined;
}

/** Compiles what a document says, whichever program wrote it; undefined when this one cannot. */
export function loadedFrom(document: string): Configured | undefined {
  // JSON is YAML, and this is the way on which everything in it is proved.
  const text = JSON.stringify({ ...(JSON.parse(document) as object), apiVersion, kind: 'PratiqueConfiguration' });
  const loaded = loadConfiguration(text, 0);
  return loaded.kind === 'configuration' ? configuredOf(loaded.configuration, loaded.effective) : undefined;
}

/**
 * A configuration with another mode or profile everywhere; undefined when it has no such profile.
 *
 * It is compiled though it may break a rule, as that on exemptions in namespaces of jobs: nobody is to load it.
 */
export function raisedConfiguration(old: Configured, { mode, profile }: Partial<Scope>): Configured | undefined {
  if (profile !== undefined && old.profiles(profile) === undefined) return undefined;
  const scoped = <T extends Scope>(one: T): T => ({ ...one, mode: mode ?? one.mode, profile: profile ?? one.profile });
  const effective: EffectiveConfiguration = {
    ...old.effective,
    namespaces: old.effective.namespaces.map(({ at, value }) => ({ at, value: scoped(value) })),
    default: scoped(old.effective.default),
    clusterScoped: scoped(old.effective.clusterScoped),
  };
  return { configuration: compileConfiguration(effective, old.profiles), effective, profiles: old.profiles };
}

/** Reads the documents of all configurations that the journal knows: hash → JSON. */
export async function configurationDocuments(db: Journal): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('configurations').select(['hash', 'document']).execute();
  return new Map(rows.flatMap(({ hash, document }) => (document === null ? [] : [[hash, document] as const])));
}
