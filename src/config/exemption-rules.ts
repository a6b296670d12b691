import { isGlob } from '../matching/glob.ts';
import type { ExemptionDocument } from './document.ts';
import type { EffectiveConfiguration, Placed } from './effective.ts';
import { indexNamespaces, type NamespaceIndex, patternsMeet } from './namespaces.ts';
import { quoted, type Report } from './problem.ts';
import type { Profiles, ResolvedProfile } from './profiles.ts';

/** Reports exemptions that have no end, no unique name, globs, or that a job's author could use. */
export function reportExemptions(
  { effective, profiles }: { readonly effective: EffectiveConfiguration; readonly profiles: Profiles },
  report: Report,
): void {
  const jobs = jobNamespaces(effective, profiles);
  const names = new Map<string, Placed<ExemptionDocument>>();
  for (const exemption of effective.exemptions) {
    const { at, value } = exemption;
    if (names.has(value.name)) {
      report([...at, 'name'], `there are two exemptions ${quoted(value.name)}`, 'Give each its own name.');
    }
    names.set(value.name, exemption);
    if (value.expires === 'never' && value.acceptNoExpiry !== true) {
      report([...at, 'expires'], 'has no end', 'Give a date, or set `acceptNoExpiry: true`.');
    }
    reportGlobs(exemption, report);
    if (value.acceptAuthorsInNamespace !== true) reportAuthors(exemption, jobs, report);
  }
}

function reportGlobs({ at, value }: Placed<ExemptionDocument>, report: Report): void {
  if (value.acceptGlob === true) return;
  for (const [index, pattern] of value.namespaces.entries()) {
    if (!isGlob(pattern)) continue;
    report(
      [...at, 'namespaces', index],
      `${quoted(pattern)} is a glob, and the namespaces of an exemption are named`,
      'Name the namespaces one by one, or set `acceptGlob: true`.',
    );
  }
}

/** Namespaces where pods are written by the authors of CI jobs, and what is denied there. */
interface JobNamespaces {
  readonly index: NamespaceIndex;
  readonly literals: readonly string[];
  readonly globs: readonly string[];
  profileOf(namespace: string): ResolvedProfile | undefined;
  /** Every profile that holds somewhere: which one a glob meets is not known. */
  readonly inUse: readonly ResolvedProfile[];
}

function jobNamespaces(
  { namespaces, mountFuse, default: scope }: EffectiveConfiguration,
  profiles: Profiles,
): JobNamespaces {
  const withBuilders = namespaces.filter(({ value }) => value.builders.length > 0);
  const patterns = [...mountFuse.namespaces, ...withBuilders.flatMap(({ value }) => value.match)];
  const entries = indexNamespaces(namespaces.map(({ value }) => value.match));
  const names = new Set([scope.profile, ...namespaces.map(({ value }) => value.profile)]);
  return {
    index: indexNamespaces([patterns]),
    literals: patterns.filter((pattern) => !isGlob(pattern)),
    globs: patterns.filter(isGlob),
    profileOf(namespace) {
      const entry = entries.first(namespace);
      return profiles((entry === undefined ? undefined : namespaces[entry]?.value.profile) ?? scope.profile);
    },
    inUse: [...names].map(profiles).filter((profile) => profile !== undefined),
  };
}

function reportAuthors({ at, value }: Placed<ExemptionDocument>, jobs: JobNamespaces, report: Report): void {
  for (const [index, pattern] of value.namespaces.entries()) {
    const denied = deniedForJobs(pattern, Object.keys(value.allow), jobs);
    if (denied === undefined) continue;
    report(
      [...at, 'namespaces', index],
      `job pods run in ${denied.namespace}, where ${denied.check} denies: the author of any job could use this exemption`,
      'Use a builder profile, move the agent to a namespace of its own, or set `acceptAuthorsInNamespace: true`.',
    );
  }
}

function deniedForJobs(
  pattern: string,
  allowed: readonly string[],
  jobs: JobNamespaces,
): { readonly namespace: string; readonly check: string } | undefined {
  const denying = (namespace: string, profile: ResolvedProfile | undefined) => {
    const check = allowed.find((id) => profile?.checks.get(id)?.action === 'deny');
    return check === undefined ? undefined : { namespace: quoted(namespace), check };
  };
  if (!isGlob(pattern)) {
    return jobs.index.first(pattern) === undefined ? undefined : denying(pattern, jobs.profileOf(pattern));
  }
  for (const namespace of jobs.literals) {
    const denied = patternsMeet(pattern, namespace) ? denying(namespace, jobs.profileOf(namespace)) : undefined;
    if (denied !== undefined) return denied;
  }
  const met = jobs.globs.find((glob) => patternsMeet(pattern, glob));
  if (met === undefined) return undefined;
  return jobs.inUse.map((profile) => denying(met, profile)).find((denied) => denied !== undefined);
}
