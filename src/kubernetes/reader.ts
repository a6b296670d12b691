import {
  persistentVolumeSubject,
  resourceClaimSubject,
  resourceClaimTemplateSubject,
  runtimeClassSubject,
  serviceSubject,
  storageClassSubject,
} from './objects.ts';
import type { GroupVersionKind } from './review.ts';
import { podSubject, type Subject } from './subject.ts';
import { templatePath, templateSubject } from './templates.ts';

/**
 * Views an object of one kind as a subject; undefined where the object holds nothing to judge.
 *
 * Throws UnreadableObjectError.
 */
export type SubjectReader = (object: unknown, namespace: string) => Subject | undefined;

const readers: ReadonlyMap<string, SubjectReader> = new Map<string, SubjectReader>([
  ['/Pod', (object, namespace) => podSubject(object, namespace)],
  ['/PersistentVolume', persistentVolumeSubject],
  ['/Service', serviceSubject],
  ['storage.k8s.io/StorageClass', storageClassSubject],
  ['node.k8s.io/RuntimeClass', runtimeClassSubject],
  ['resource.k8s.io/ResourceClaim', resourceClaimSubject],
  ['resource.k8s.io/ResourceClaimTemplate', resourceClaimTemplateSubject],
]);

/** How an object of a kind is read, whatever its version; undefined for a kind that is not judged. */
export function subjectReader({ group, kind }: Pick<GroupVersionKind, 'group' | 'kind'>): SubjectReader | undefined {
  const known = readers.get(`${group ?? ''}/${kind}`);
  if (known !== undefined) return known;
  const path = templatePath(group ?? '', kind);
  return path === undefined ? undefined : (object, namespace) => templateSubject(object, path, namespace);
}
