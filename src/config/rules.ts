import { isGlob } from '../matching/glob.ts';
import { builtInProfiles } from './builtin-names.ts';
import type { EffectiveConfiguration, NamespacesEntry, Placed, Scope } from './effective.ts';
import { reportExemptions } from './exemption-rules.ts';
import { reportAllowedPaths } from './path-rules.ts';
import type { Mode } from './policy.ts';
import { type DocumentPath, didYouMean, quoted, type Report } from './problem.ts';
import { knownProfiles, type Profiles, reportProfiles, weakness } from './profiles.ts';

/** A configuration of the right form, with its profiles, as the rules see it. */
export interface Candidate {
  readonly effective: EffectiveConfiguration;
  readonly profiles: Profiles;
  /** Names of profiles that are there, but whose form is wrong: nothing more is said about them. */
  readonly malformed: ReadonlySet<string>;
}

/** Reports whatever makes a configuration of the right form invalid. */
export function reportRules(candidate: Candidate, report: Report): void {
  const { effective } = candidate;
  reportProfiles(effective, candidate.malformed, report);
  reportScope(effective.default, ['default'], candidate, report);
  for (const entry of effective.namespaces) reportNamespaces(entry, candidate, report);
  // A profile that comes from default is reported there.
  if (effective.clusterScoped.profile !== effective.default.profile) {
    reportScope(effective.clusterScoped, ['clusterScoped'], candidate, report);
  }
  reportMountFuse(effective, report);
  reportBreakGlass(effective, report);
  reportExemptions(candidate, report);
  reportAllowedPaths(candidate, report);
}

const strictness: Readonly<Record<Mode, number>> = { audit: 0, warn: 1, enforce: 2 };

function reportScope({ profile }: Scope, at: DocumentPath, { effective, malformed }: Candidate, report: Report): void {
  const known = [...builtInProfiles, ...effective.profiles.keys(), ...malformed];
  if (known.includes(profile)) return;
  report(
    [...at, 'profile'],
    `there is no profile ${quoted(profile)}`,
    didYouMean(profile, known) ?? knownProfiles(known),
  );
}

function reportNamespaces({ at, value }: Placed<NamespacesEntry>, candidate: Candidate, report: Report): void {
  if (value.profile !== candidate.effective.default.profile) reportScope(value, at, candidate, report);
  const weaker = value.acceptGlob || !value.match.some(isGlob) ? undefined : weakerThanDefault(value, candidate);
  if (weaker === undefined) return;
  for (const [index, pattern] of value.match.entries()) {
    if (isGlob(pattern)) report([...at, 'match', index], `${quoted(pattern)} is a glob, and ${weaker}`, nameOrAccept);
  }
}

const nameOrAccept = 'Name the namespaces one by one, or set `acceptGlob: true`.';

function weakerThanDefault(entry: NamespacesEntry, { effective, profiles }: Candidate): string | undefined {
  const { mode, profile } = effective.default;
  if (entry.builders.length > 0) return 'builders relax what is denied';
  if (strictness[entry.mode] < strictness[mode]) return `mode ${entry.mode} is weaker than ${mode}, that of default`;
  const [own, other] = [profiles(entry.profile), profiles(profile)];
  const weaker = own === undefined || other === undefined ? undefined : weakness(own, other);
  return weaker === undefined
    ? undefined
    : `profile ${entry.profile} is weaker than ${profile}, that of default: ${weaker}`;
}

function reportMountFuse({ mountFuse }: EffectiveConfiguration, report: Report): void {
  for (const [index, pattern] of mountFuse.namespaces.entries()) {
    if (!isGlob(pattern) || mountFuse.acceptGlob) continue;
    report(
      ['mountFuse', 'namespaces', index],
      `${quoted(pattern)} is a glob, and whoever may ask for the device is named`,
      'Name the namespaces one by one, or set `mountFuse.acceptGlob: true`.',
    );
  }
  for (const [index, resource] of mountFuse.gatedResources.entries()) {
    if (resource !== mountFuse.resource) continue;
    report(
      ['mountFuse', 'gatedResources', index],
      'is the resource that mountFuse gives: nobody could have it',
      'Remove it.',
    );
  }
}

/** Groups that hold everybody of a kind: whoever is in them could break the glass. */
const everybody = new Set(['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts', 'system:nodes']);

function reportBreakGlass({ breakGlass }: EffectiveConfiguration, report: Report): void {
  for (const [index, group] of breakGlass.groups.entries()) {
    if (!everybody.has(group) && !group.startsWith('system:serviceaccounts:')) continue;
    report(
      ['breakGlass', 'groups', index],
      `${quoted(group)} is not a group of people on call: all of it could pass`,
      'Name a group that your identity provider gives to few people.',
    );
  }
}
