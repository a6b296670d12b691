import type { V1Pod } from '@kubernetes/client-node';

const fields: Readonly<Record<string, (pod: V1Pod) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata?.name,
  'metadata.namespace': ({ metadata }) => metadata?.namespace,
  'metadata.uid': ({ metadata }) => metadata?.uid,
  'spec.nodeName': ({ spec }) => spec?.nodeName,
  'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName,
  'status.podIP': () => '127.0.0.1',
  'status.hostIP': () => '127.0.0.1',
};

/** Gives what a `fieldRef` of a pod's environment or downward API refers to; throws for a field that it does not know. */
export function fieldOf(pod: V1Pod, path: string): string {
  const value = fields[path]?.(pod);
  if (value === undefined) throw new Error(`fieldRef ${path} is unknown to this kubelet.`);
  return value;
}
