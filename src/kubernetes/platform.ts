import type { PodSubject } from './subject.ts';

/**
 * Whether the pod says that it is for Windows nodes: the API server then refuses every field of Linux in it, and the
 * kubelet of a Linux node refuses the pod (KEP-2802).
 */
export function isWindows(subject: PodSubject): boolean {
  return subject.spec.os?.name === 'windows';
}
