import type { Check } from '../checks/check.ts';
import { checks } from '../checks/registry.ts';
import { profileFile } from './builtin.ts';
import { type BuiltInProfile, builtInProfiles, isBuiltInProfile } from './builtin-names.ts';
import type { AllowanceDocument, CheckDocument, ProfileDocument, SettingDocument } from './document.ts';
import type { EffectiveConfiguration, Placed } from './effective.ts';
import type { Action } from './policy.ts';
import { didYouMean, quoted, type Report } from './problem.ts';
import { isWiderAllowance, isWithin } from './settings.ts';

/** A check in a profile, with nothing left out. */
export interface CheckEntry {
  readonly action: Action;
  readonly allow: AllowanceDocument | undefined;
  readonly site: Readonly<Record<string, SettingDocument>>;
}

/** A profile with all that it inherits: an entry for every check. */
export interface ResolvedProfile {
  readonly name: string;
  readonly denialStatus: 403 | 422;
  readonly templates: Action;
  readonly checks: ReadonlyMap<string, CheckEntry>;
}

/** Profiles by name, each resolved when first asked for; undefined when there is none, or it inherits from none. */
export type Profiles = (name: string) => ResolvedProfile | undefined;

/** Checks in order of strictness. */
const strictness: Readonly<Record<Action, number>> = { ignore: 0, audit: 1, warn: 2, deny: 3 };

/** Resolves the built-in and the site's profiles. With `extends`, a check's entry replaces the inherited one whole. */
export function resolveProfiles({ profiles }: Pick<EffectiveConfiguration, 'profiles'>): Profiles {
  const resolved = new Map<string, ResolvedProfile | undefined>();
  return (name) => {
    if (!resolved.has(name)) for (const one of chainOf(name, profiles).reverse()) resolve(one, profiles, resolved);
    return resolved.get(name);
  };
}

/** Reports what is wrong with the site's profiles among themselves: taken names, unknown bases, circles. */
export function reportProfiles(
  { profiles }: Pick<EffectiveConfiguration, 'profiles'>,
  malformed: ReadonlySet<string>,
  report: Report,
): void {
  const known = [...builtInProfiles, ...profiles.keys(), ...malformed];
  for (const [name, { at, value }] of profiles) {
    if (isBuiltInProfile(name)) {
      report(
        at,
        'is the name of a built-in profile',
        `Give it another name, and let it start with \`extends: ${name}\`.`,
      );
    }
    const base = value.extends;
    if (base !== undefined && !known.includes(base)) {
      report(
        [...at, 'extends'],
        `there is no profile ${quoted(base)}`,
        didYouMean(base, known) ?? knownProfiles(known),
      );
    }
  }
  reportCircles(profiles, report);
}

/** The sentence that tells the profiles that there are. */
export function knownProfiles(known: readonly string[]): string {
  return `There are ${known.slice(0, 12).join(', ')}.`;
}

/** Says for which check, and how, a profile is weaker than another; undefined when it is not. */
export function weakness(profile: ResolvedProfile, than: ResolvedProfile): string | undefined {
  for (const check of checks) {
    const entry = profile.checks.get(check.id);
    const other = than.checks.get(check.id);
    if (entry === undefined || other === undefined || other.action === 'ignore') continue;
    if (strictness[entry.action] < strictness[other.action])
      return `${check.id} is ${entry.action}, not ${other.action}`;
    if (isWiderAllowance(check, entry.allow, other.allow)) return `${check.id} allows more`;
    if (seesLess(check, entry, other)) return `${check.id} looks for less`;
  }
  return undefined;
}

function seesLess(check: Check, entry: CheckEntry, than: CheckEntry): boolean {
  return Object.entries(than.site).some(
    ([name, setting]) => !isWithin(check.site[name], setting, entry.site[name] ?? []),
  );
}

type SiteProfiles = ReadonlyMap<string, Placed<ProfileDocument>>;

/** A profile and what it inherits from, the nearest first; it ends before a name comes twice. */
function chainOf(name: string, profiles: SiteProfiles): string[] {
  const chain = new Set<string>();
  for (let next: string | undefined = name; next !== undefined && !chain.has(next); next = baseOf(next, profiles)) {
    chain.add(next);
  }
  return [...chain];
}

function baseOf(name: string, profiles: SiteProfiles): string | undefined {
  if (isBuiltInProfile(name)) return undefined;
  const profile = profiles.get(name);
  return profile === undefined ? undefined : (profile.value.extends ?? 'dind');
}

function resolve(name: string, profiles: SiteProfiles, resolved: Map<string, ResolvedProfile | undefined>): void {
  if (resolved.has(name)) return;
  if (isBuiltInProfile(name)) {
    resolved.set(name, builtIn(name));
    return;
  }
  const profile = profiles.get(name)?.value;
  const base = resolved.get(baseOf(name, profiles) ?? '');
  if (profile === undefined || base === undefined) {
    resolved.set(name, undefined);
    return;
  }
  const entries = new Map(base.checks);
  for (const check of checks) {
    const entry = profile.checks?.[check.id];
    if (entry !== undefined) entries.set(check.id, entryOf(check, entry));
  }
  resolved.set(name, {
    name,
    denialStatus: profile.denialStatus ?? base.denialStatus,
    templates: profile.templates ?? base.templates,
    checks: entries,
  });
}

function builtIn(name: BuiltInProfile): ResolvedProfile {
  const file = profileFile(name);
  const entries = new Map<string, CheckEntry>();
  for (const check of checks) {
    const entry = file.checks[check.id];
    // The file starts from nothing, so that a check which it does not name would silently not be run.
    if (entry === undefined) throw new Error(`The built-in profile ${name} does not name the check ${check.id}.`);
    entries.set(check.id, entryOf(check, entry));
  }
  return { name, denialStatus: file.denialStatus, templates: file.templates, checks: entries };
}

function entryOf(check: Check, document: CheckDocument): CheckEntry {
  if (typeof document === 'string') return { action: document, allow: undefined, site: {} };
  const site: Record<string, SettingDocument> = {};
  for (const name of Object.keys(check.site)) {
    const setting = document[name];
    if (Array.isArray(setting)) site[name] = setting;
  }
  return { action: document.action, allow: document.allow, site };
}

function reportCircles(profiles: SiteProfiles, report: Report): void {
  const walked = new Set<string>();
  for (const start of profiles.keys()) {
    const way: string[] = [];
    let next: string | undefined = start;
    while (next !== undefined && !walked.has(next)) {
      walked.add(next);
      way.push(next);
      next = baseOf(next, profiles);
    }
    const entrance = next === undefined ? undefined : profiles.get(next);
    if (next === undefined || entrance === undefined || !way.includes(next)) continue;
    const circle = [...way.slice(way.indexOf(next)), next];
    report([...entrance.at, 'extends'], `goes in a circle: ${circle.slice(0, 10).join(' extends ')}`);
  }
}
