import { powerfulGroups } from '../facts/groups.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Finding, none } from './check.ts';
import { type Field, findingAt, findingIn, type Heading } from './findings.ts';

/** The fields that give a process a group. */
export const groupFields: readonly string[] = [
  'spec.securityContext.{runAsGroup,fsGroup}',
  'spec.securityContext.supplementalGroups[*]',
  'spec.containers[*].securityContext.runAsGroup',
];

/** The ids of groups that are known on every node. */
export const listedGroups: readonly string[] = [...powerfulGroups.keys()].map(String);

/** Finds groups of a pod and its containers that open files of the node, or an engine's socket. */
export function findRootGroups(
  heading: Heading,
  subject: PodSubject,
  siteGroups: ReadonlySet<string> | undefined,
): readonly Finding[] {
  let findings: Finding[] | undefined;
  const context = subject.spec.securityContext;
  if (context != null) {
    const { runAsGroup, fsGroup, supplementalGroups } = context;
    findings = podGroup(heading, subject, [['runAsGroup'], runAsGroup, meaning(runAsGroup, siteGroups)], findings);
    findings = podGroup(heading, subject, [['fsGroup'], fsGroup, meaning(fsGroup, siteGroups)], findings);
    if (supplementalGroups != null) {
      for (let index = 0; index < supplementalGroups.length; index++) {
        const gid = supplementalGroups[index];
        const told = [['supplementalGroups', index], gid, meaning(gid, siteGroups)] as const;
        findings = podGroup(heading, subject, told, findings);
      }
    }
  }
  for (const container of subject.containers) {
    const gid = container.value.securityContext?.runAsGroup;
    const what = meaning(gid, siteGroups);
    if (what === undefined) continue;
    findings ??= [];
    const told = { words: `has the group ${gid}, ${what}`, value: String(gid) };
    findings.push(findingIn(heading, container, ['securityContext', 'runAsGroup'], told));
  }
  return findings ?? none;
}

function podGroup(
  heading: Heading,
  subject: PodSubject,
  [field, gid, what]: readonly [Field, number | null | undefined, string | undefined],
  findings: Finding[] | undefined,
): Finding[] | undefined {
  if (what === undefined) return findings;
  const pointer = pointerTo(subject.specAt, 'securityContext', ...field);
  const told = { words: `the pod has the group ${gid} (${field[0]}), ${what}`, value: String(gid) };
  const found = findings ?? [];
  found.push(findingAt(heading, pointer, {}, told));
  return found;
}

function meaning(gid: number | null | undefined, siteGroups: ReadonlySet<string> | undefined): string | undefined {
  if (gid == null) return undefined;
  const known = powerfulGroups.get(gid);
  if (known !== undefined || siteGroups === undefined) return known;
  return siteGroups.has(String(gid)) ? 'a group of the node' : undefined;
}
