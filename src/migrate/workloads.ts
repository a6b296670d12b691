import { isObject } from '../kubernetes/shape.ts';
import type { Sample } from './cases.ts';
import type { Scope } from './scope.ts';

const templated = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'] as const;

/** Kinds of objects without a pod in them that checks are about. */
const judged: ReadonlySet<string> = new Set([
  'PersistentVolume',
  'ResourceClaim',
  'ResourceClaimTemplate',
  'RuntimeClass',
  'Service',
  'StorageClass',
]);

/** The kind of object that a rule is to be shown the cases as; undefined when it is about no kind that is judged. */
export function kindOf({ onPods, kinds }: Scope): string | undefined {
  if (onPods) return 'Pod';
  const names = kinds.map((kind) => (kind.split('/').at(-1) ?? '').toLowerCase());
  const named = (kind: string) => names.some((name) => name === kind.toLowerCase() || name === pluralOf(kind));
  return templated.find(named) ?? ([...judged].some(named) ? 'Pod' : undefined);
}

function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  return name.endsWith('s') ? `${name}es` : `${name}s`;
}

/** Objects with their pods as the template of a workload of that kind. */
export function wrapped(all: readonly Sample[], kind: string): readonly Sample[] {
  if (kind === 'Pod') return all;
  return all.map((one) => (one.object['kind'] === 'Pod' ? { ...one, object: workloadOf(one.object, kind) } : one));
}

function workloadOf(pod: Readonly<Record<string, unknown>>, kind: string): Readonly<Record<string, unknown>> {
  const metadata = isObject(pod['metadata']) ? pod['metadata'] : {};
  const { name, namespace, ...rest } = metadata;
  const template = { metadata: rest, spec: pod['spec'] };
  const isBatch = kind === 'Job' || kind === 'CronJob';
  const selector = { matchLabels: isObject(rest['labels']) ? rest['labels'] : {} };
  const spec = isBatch ? { template } : { ...(kind === 'DaemonSet' ? {} : { replicas: 1 }), selector, template };
  return {
    apiVersion: isBatch ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { ...rest, name, namespace },
    spec: kind === 'CronJob' ? { schedule: '0 0 * * *', jobTemplate: { spec } } : spec,
  };
}
