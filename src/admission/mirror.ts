import type { AdmissionRequest } from '../kubernetes/review.ts';
import type { PodSubject } from '../kubernetes/subject.ts';

/**
 * Whether the pod only mirrors a static one: its kubelet asks for it, and it carries the annotation. From anyone else
 * the annotation changes nothing.
 *
 * Source: `kubernetes.io/config.mirror` in `k8s.io/api/core/v1/annotation_key_constants.go`; the NodeRestriction plugin.
 */
export function isMirrorPod({ annotations }: PodSubject, { userInfo }: Pick<AdmissionRequest, 'userInfo'>): boolean {
  return Object.hasOwn(annotations, 'kubernetes.io/config.mirror') && userInfo.groups.includes('system:nodes');
}
