import { findingKey } from '../checks/check.ts';
import type { Fields } from '../kubernetes/shape.ts';
import type { ObjectResult } from '../output/result.ts';
import { inOrder, verdictOf } from '../output/verdict.ts';
import { checksThatDeny, type Judged, type LiveFinding, type ScannedFinding } from './judging.ts';
import { controllerOf, type Reference } from './references.ts';

/** A result of a scan: an object, or the owner of pods in place of each of them. */
export interface ScannedObject extends ObjectResult {
  readonly uid: string;
  readonly findings: readonly ScannedFinding[];
  /** Of an owner of pods: how many there are. */
  readonly pods?: number;
  /** Whether a controller makes its pods anew when they are lost. */
  readonly returns: boolean;
  /** The checks by which it would be denied, were every namespace enforced. */
  readonly deniedIfEnforced: readonly string[];
  /** The checks by which it was denied before; undefined when nothing is compared. */
  readonly deniedBefore: readonly string[] | undefined;
}

/** The pods of one owner, together. */
export interface Group {
  readonly owner: Reference;
  readonly returns: boolean;
  pods: number;
  readonly findings: Map<string, ScannedFinding>;
  /** Undefined when nothing is compared. */
  deniedBefore: Set<string> | undefined;
  /** What the owner's template has, tolerated or not; undefined where the pods themselves are judged. */
  readonly known: ReadonlySet<string> | undefined;
  readonly notes: Map<string, ScannedFinding>;
  /** Whether there are more of them than are kept. */
  hasMoreNotes: boolean;
}

/** The owners of pods, by their uid: what controls a pod leads to the topmost of those that could be read. */
export interface Groups {
  readonly all: Set<Group>;
  readonly byUid: Map<string, { readonly reference: Reference; readonly group: Group }>;
}

/** Of one group. */
const mostNotes = 20;

/** Starts with no groups. */
export function noGroups(): Groups {
  return { all: new Set(), byUid: new Map() };
}

/** Opens the group of an owner: with its template judged, or, without it, for pods that are judged themselves. */
export function openGroup(groups: Groups, owner: Reference, returns: boolean, template: Judged | undefined): Group {
  const group: Group = {
    owner,
    returns,
    pods: 0,
    findings: new Map(),
    deniedBefore: undefined,
    known: template?.keys,
    notes: new Map(),
    hasMoreNotes: false,
  };
  if (template !== undefined) addJudged(group, template);
  groups.all.add(group);
  groups.byUid.set(owner.uid, { reference: owner, group });
  return group;
}

/**
 * The group that an object belongs to by what controls it.
 *
 * The reference must agree in everything: else anybody could hide a pod behind the uid of somebody else's workload.
 */
export function groupOf(groups: Groups, object: Fields): Group | undefined {
  const controller = controllerOf(object);
  if (controller === undefined) return undefined;
  const found = groups.byUid.get(controller.uid);
  return found !== undefined && isSame(found.reference, controller) ? found.group : undefined;
}

/** Adds what creating one more of the group's pods anew comes to. */
export function addJudged(group: Group, { findings, deniedBefore }: Judged): void {
  for (const finding of findings) {
    const key = findingKey(finding);
    if (!group.findings.has(key)) group.findings.set(key, finding);
  }
  if (deniedBefore === undefined) return;
  group.deniedBefore ??= new Set();
  for (const check of deniedBefore) group.deniedBefore.add(check);
}

/** Adds what only a live pod of the group has, each once, and no more than a few. */
export function addNotes(group: Group, live: readonly LiveFinding[]): void {
  for (const { key, note } of live) {
    if (group.notes.has(key)) continue;
    if (group.notes.size < mostNotes) group.notes.set(key, note);
    else group.hasMoreNotes = true;
  }
}

/** The result of a group. */
export function resultOfGroup(group: Group): ScannedObject {
  const notes = [...group.notes.values()];
  const last = notes.at(-1);
  if (last !== undefined && group.hasMoreNotes) {
    notes.push({ ...last, message: `more is only in live pods: the first ${mostNotes} findings are told` });
  }
  const findings = [...group.findings.values(), ...notes];
  const deniedBefore = group.deniedBefore && [...group.deniedBefore];
  return { ...resultOf(group.owner, { findings, deniedBefore }, group.returns), pods: group.pods };
}

/** The result of an object by itself. */
export function resultOf(
  { apiVersion, kind, namespace, name, uid }: Reference,
  { findings, deniedBefore }: Pick<Judged, 'findings' | 'deniedBefore'>,
  returns: boolean,
): ScannedObject {
  return {
    file: '',
    document: 0,
    apiVersion,
    kind,
    namespace,
    name,
    uid,
    verdict: verdictOf(findings),
    findings: inOrder(findings),
    returns,
    deniedIfEnforced: checksThatDeny(findings, 'enforced'),
    deniedBefore,
  };
}

function isSame(a: Reference, b: Reference): boolean {
  return a.kind === b.kind && a.name === b.name && a.namespace === b.namespace && groupName(a) === groupName(b);
}

function groupName({ apiVersion }: Reference): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
