import { objectsAt, valueAt } from '../kubernetes/fields.ts';
import { subjectReader } from '../kubernetes/reader.ts';
import { type Fields, UnreadableObjectError } from '../kubernetes/shape.ts';
import type { ReadError } from '../output/result.ts';
import { type ClusterApi, ClusterError } from './api.ts';
import { type Groups, groupOf, noGroups, openGroup, resultOf, resultOfGroup, type ScannedObject } from './groups.ts';
import { judgeRecreation, type ScanJudge } from './judging.ts';
import { listPages } from './list.ts';
import { judgePod } from './pods.ts';
import { controllerOf, type Reference, referenceOf } from './references.ts';
import { others, pods, type Resource, workloads } from './resources.ts';

/** What comes out of a scan. */
export type ScanEvent =
  | { readonly kind: 'result'; readonly result: ScannedObject }
  /** `isWhole`: only one object could not be read, and everything else of its kind was. */
  | { readonly kind: 'error'; readonly error: ReadError; readonly isWhole: boolean }
  | { readonly kind: 'note'; readonly message: string };

/** What of a cluster is read, and what it is judged by. */
export interface ScanOptions extends ScanJudge {
  /** All, and what is in none, unless told. */
  readonly namespace: string | undefined;
}

/**
 * Judges what a cluster holds as if it were created anew: workloads by their template, pods that nothing known controls
 * by themselves, and what leads pods to the node.
 *
 * Holds one page of a list at a time, the owners, and what was found in them. A pod without an owner is told as soon as
 * it is read, an owner when all pods have been. Never throws: what cannot be read is an event, and the rest goes on.
 */
export async function* scanCluster(api: ClusterApi, options: ScanOptions): AsyncGenerator<ScanEvent> {
  const groups = noGroups();
  try {
    for (const resource of workloads) {
      yield* each(api, resource, options, (object, reference) => {
        judgeWorkload(object, reference, resource, groups, options);
        return undefined;
      });
    }
    yield* each(api, pods, options, (pod, reference) => judgePod(pod, reference, groups, options));
    for (const group of groups.all) yield { kind: 'result', result: resultOfGroup(group) };
    for (const resource of others) {
      if (options.namespace !== undefined && !resource.namespaced) continue;
      yield* each(api, resource, options, (object, reference) => judgeOther(object, reference, resource, options));
    }
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    yield { kind: 'error', error: readError(error.message), isWhole: false };
  }
}

async function* each(
  api: ClusterApi,
  resource: Resource,
  { namespace }: ScanOptions,
  judge: (object: Fields, reference: Reference) => ScannedObject | undefined,
): AsyncGenerator<ScanEvent> {
  for await (const event of listPages(api, resource, namespace)) {
    if (event.kind === 'note') yield event;
    else if (event.kind === 'error') yield { kind: 'error', error: readError(event.message), isWhole: false };
    else {
      for (const item of event.items) {
        const told = judged(item, referenceOf(item, event.apiVersion, resource.kind), judge);
        if (told !== undefined) yield told;
      }
    }
  }
}

function judged(
  object: Fields,
  reference: Reference,
  judge: (object: Fields, reference: Reference) => ScannedObject | undefined,
): ScanEvent | undefined {
  try {
    const result = judge(object, reference);
    return result && { kind: 'result', result };
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    const { kind, namespace, name } = reference;
    const named = namespace === '' ? name : `${namespace}/${name}`;
    return { kind: 'error', error: readError(`${kind} ${named}: ${error.message}`), isWhole: true };
  }
}

/**
 * Opens the group of a workload, or takes it for a part of the one that controls it.
 *
 * An old revision that somebody else's controller has scaled down to nothing runs nothing, and will not.
 */
function judgeWorkload(
  object: Fields,
  reference: Reference,
  resource: Resource,
  groups: Groups,
  judge: ScanJudge,
): void {
  const owner = groupOf(groups, object);
  if (owner !== undefined) {
    groups.byUid.set(reference.uid, { reference, group: owner });
    return;
  }
  const isScaledDown = resource.name === 'replicasets' && valueAt(object, 'spec', 'replicas') === 0;
  if (isScaledDown && controllerOf(object) !== undefined) return;
  const subject = subjectReader(resource)?.(object, reference.namespace);
  if (subject === undefined) return;
  const returns = resource.name !== 'podtemplates' && !isFinished(object);
  openGroup(groups, reference, returns, judgeRecreation(subject, judge));
}

function judgeOther(
  object: Fields,
  reference: Reference,
  resource: Resource,
  judge: ScanJudge,
): ScannedObject | undefined {
  const subject = subjectReader(resource)?.(object, reference.namespace);
  return subject && resultOf(reference, judgeRecreation(subject, judge), false);
}

/** Whether a Job has ended, one way or the other: its pods are not made anew. */
function isFinished(object: Fields): boolean {
  return objectsAt(object, 'status', 'conditions').some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

function readError(message: string): ReadError {
  return { file: '', document: undefined, message };
}
