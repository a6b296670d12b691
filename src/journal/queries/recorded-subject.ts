import { subjectReader } from '../../kubernetes/reader.ts';
import type { AdmissionRequest } from '../../kubernetes/review.ts';
import { podSubject, type Subject } from '../../kubernetes/subject.ts';
import type { DecisionRecord } from '../../record/record.ts';

/** What of an object is not in its record, as one supposes it to be. */
export interface Supposition {
  readonly runtimeClassName: string | null;
  /** Whether some volume is a hostPath. */
  readonly hostPath: boolean;
  /** Whether the pod carries the annotation of mirror pods. */
  readonly mirror: boolean;
  /** Whether some container names no image. */
  readonly imageless: boolean;
}

const kinds: ReadonlyMap<string, { readonly group: string; readonly kind: string }> = new Map([
  ['persistentvolumes', { group: '', kind: 'PersistentVolume' }],
  ['services', { group: '', kind: 'Service' }],
  ['storageclasses.storage.k8s.io', { group: 'storage.k8s.io', kind: 'StorageClass' }],
  ['runtimeclasses.node.k8s.io', { group: 'node.k8s.io', kind: 'RuntimeClass' }],
  ['resourceclaims.resource.k8s.io', { group: 'resource.k8s.io', kind: 'ResourceClaim' }],
  ['resourceclaimtemplates.resource.k8s.io', { group: 'resource.k8s.io', kind: 'ResourceClaimTemplate' }],
]);

/** Whether the record is of a pod itself. */
export function isPodRecord({ resource }: DecisionRecord): boolean {
  return resource === 'pods';
}

/** Whether the record is of something that makes pods. */
export function isTemplateRecord(record: DecisionRecord): boolean {
  return !isPodRecord(record) && !kinds.has(record.resource ?? '');
}

/** Makes the subject that exemptions and builder profiles would have looked at: nothing but what they read is in it. */
export function recordedSubject(record: DecisionRecord, suppose: Supposition): Subject {
  const namespace = record.namespace ?? '';
  const read = subjectReader(kinds.get(record.resource ?? '') ?? { group: '', kind: 'Pod' });
  if (!isPodRecord(record) && !isTemplateRecord(record)) {
    const subject = read?.({ metadata: { name: record.name ?? '' }, provisioner: '', handler: '' }, namespace);
    if (subject !== undefined) return subject;
  }
  const images = [...record.images, ...(suppose.imageless ? [''] : [])];
  const pod = {
    metadata: {
      annotations: suppose.mirror ? { 'kubernetes.io/config.mirror': '' } : {},
      ownerReferences: record.owner === null ? [] : [{ ...record.owner, uid: '' }],
    },
    spec: {
      serviceAccountName: record.serviceAccount,
      runtimeClassName: suppose.runtimeClassName,
      hostUsers: record.hostUsers,
      containers: images.map((image, index) => ({ name: `${index}`, image })),
      volumes: suppose.hostPath ? [{ name: 'host', hostPath: { path: '/' } }] : [],
    },
  };
  return podSubject(pod, namespace, isPodRecord(record) ? 'pod' : 'template');
}

/** The part of the request that who asks is read from. */
export function recordedRequest(
  { operation, subresource, user }: DecisionRecord,
  groups: readonly string[],
): Pick<AdmissionRequest, 'operation' | 'subResource' | 'userInfo'> {
  return {
    operation: operation ?? 'CREATE',
    subResource: subresource ?? '',
    userInfo: { username: user?.name ?? '', groups },
  };
}
