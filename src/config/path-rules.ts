import { engineReachedBy } from '../checks/engine-socket-mount.ts';
import { checkById } from '../checks/registry.ts';
import { type AllowedPathEntry, compileAllowedPaths, overlapsWritable } from '../matching/allowed-paths.ts';
import { builderAllowances, profileFile } from './builtin.ts';
import type { AllowanceDocument, CheckDocument } from './document.ts';
import type { EffectiveConfiguration } from './effective.ts';
import { type DocumentPath, formatPath, quoted, type Report } from './problem.ts';
import type { Profiles } from './profiles.ts';
import { allowedPath } from './settings.ts';

/** A host path that something allows. */
interface Allowed {
  readonly entry: AllowedPathEntry;
  readonly check: string;
  /** Where it is written; undefined in a built-in file. */
  readonly at: DocumentPath | undefined;
  /** Who allows it, for a message. */
  readonly by: string;
}

const socketCheck = 'engine-socket-mount';

/** Reports allowed paths that hold an engine's socket, and writable ones that give a hold on another. */
export function reportAllowedPaths(
  { effective, profiles }: { readonly effective: EffectiveConfiguration; readonly profiles: Profiles },
  report: Report,
): void {
  const shared = builtInPaths(effective);
  for (const [name, { at, value }] of effective.profiles) {
    const paths = profilePaths(value.checks, `profile ${name}`, [...at, 'checks']);
    reportSockets(paths, profiles(name)?.checks.get(socketCheck)?.allow, report);
    shared.push(...paths);
  }
  const exempted: Allowed[] = [];
  for (const { at, value } of effective.exemptions) {
    const by = `exemption ${value.name}`;
    const paths = Object.entries(value.allow).flatMap(([id, allow]) => pathsIn(id, allow, by, [...at, 'allow', id]));
    reportSockets(paths, value.allow[socketCheck], report);
    exempted.push(...paths);
  }
  reportOverlaps(shared, exempted, report);
}

/** Of the built-in profiles only dind allows paths; the tests hold that. */
function builtInPaths({ namespaces }: EffectiveConfiguration): Allowed[] {
  const used = new Set(namespaces.flatMap(({ value }) => value.builders.map(({ profile }) => profile)));
  const builders = [...used].flatMap((name) => {
    return builderAllowances(name).flatMap(([id, allow]) => pathsIn(id, allow, `builder profile ${name}`));
  });
  return [...profilePaths(profileFile('dind').checks, 'profile dind'), ...builders];
}

function profilePaths(
  checks: Readonly<Record<string, CheckDocument>> | undefined,
  by: string,
  at?: DocumentPath,
): readonly Allowed[] {
  return Object.entries(checks ?? {}).flatMap(([id, entry]) => {
    if (typeof entry === 'string' || entry.allow === undefined) return [];
    return pathsIn(id, entry.allow, by, at === undefined ? undefined : [...at, id, 'allow']);
  });
}

function pathsIn(check: string, allowance: AllowanceDocument, by: string, at?: DocumentPath): readonly Allowed[] {
  if (allowance === true) return [];
  return Object.entries(checkById(check)?.allow ?? {}).flatMap(([name, { kind }]) => {
    if (kind !== 'allowedPaths') return [];
    return (allowance[name] ?? []).map((document, index) => {
      return { entry: allowedPath(document), check, at: at === undefined ? undefined : [...at, name, index], by };
    });
  });
}

/** An allowance that reaches a socket must say so, by being one of the check that looks for sockets as well. */
function reportSockets(paths: readonly Allowed[], named: AllowanceDocument | undefined, report: Report): void {
  if (named === true) return;
  const meant = named === undefined ? [] : pathsIn(socketCheck, named, '');
  const isMeant = compileAllowedPaths(meant.map(({ entry }) => entry));
  for (const { entry, check, at } of paths) {
    if (check === socketCheck || at === undefined) continue;
    const socket = engineReachedBy(entry.path);
    if (socket === undefined || isMeant(entry.path, 'rro')) continue;
    report(
      at,
      `${quoted(entry.path)} reaches ${socket}, and whoever reaches a container engine is root on the node`,
      `Allow a narrower path; where it is meant, allow it under \`${socketCheck}\` too.`,
    );
  }
}

/** Those of exemptions are not compared with each other: the namespaces of node agents have nothing in common. */
function reportOverlaps(shared: readonly Allowed[], exempted: readonly Allowed[], report: Report): void {
  const all = [...shared, ...exempted];
  for (const { writable, other, reach } of overlapsWritable(all.map(({ entry }) => entry))) {
    const [above, below] = [all[writable], all[other]];
    if (above === undefined || below === undefined || writable >= shared.length) continue;
    const how = { equal: 'is the same place as', above: 'is above', inside: 'lies in the tree' }[reach];
    const where = below.at === undefined ? below.by : formatPath(below.at);
    report(
      above.at ?? below.at ?? [],
      `${quoted(above.entry.path)} may be written to, and ${how} ${quoted(below.entry.path)} (${where}), ` +
        'which could be replaced by a link to any path of the node',
      'Make it `readOnly: true`, or choose paths that do not hold each other.',
    );
  }
}
