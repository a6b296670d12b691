import { type Pointer, pointerTo } from './pointer.ts';
import { isObject, UnreadableObjectError } from './shape.ts';
import { type PodSubject, podSubject } from './subject.ts';

/** Where each kind of workload has its PodTemplateSpec, by `group/kind`. */
const templatePaths: ReadonlyMap<string, readonly string[]> = new Map([
  ['/PodTemplate', ['template']],
  ['/ReplicationController', ['spec', 'template']],
  ['apps/DaemonSet', ['spec', 'template']],
  ['apps/Deployment', ['spec', 'template']],
  ['apps/ReplicaSet', ['spec', 'template']],
  ['apps/StatefulSet', ['spec', 'template']],
  ['apps.openshift.io/DeploymentConfig', ['spec', 'template']],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['batch/Job', ['spec', 'template']],
]);

/** The reference tokens of the PodTemplateSpec in a kind of workload; undefined for a kind that has none. */
export function templatePath(group: string, kind: string): readonly string[] | undefined {
  return templatePaths.get(`${group}/${kind}`);
}

/**
 * Views the pod inside of a workload as a subject, with pointers into the workload; undefined where there is none, as
 * in a ReplicationController that only counts.
 *
 * Throws UnreadableObjectError like `podSubject`.
 */
export function templateSubject(value: unknown, path: readonly string[], namespace: string): PodSubject | undefined {
  let holder = value;
  let at: Pointer = '';
  for (const key of path) {
    if (!isObject(holder)) throw new UnreadableObjectError(at, 'is not an object');
    holder = holder[key];
    at = pointerTo(at, key);
    if (holder == null) return undefined;
  }
  return podSubject(holder, namespace, 'template', at);
}
