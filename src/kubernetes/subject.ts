import type { V1Container, V1ObjectMeta, V1Pod, V1PodSpec, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type {
  PersistentVolumeSubject,
  ResourceClaimSubject,
  RuntimeClassSubject,
  ServiceSubject,
  StorageClassSubject,
} from './objects.ts';
import { requirePodShape } from './pod-shape.ts';
import { type Pointer, pointerTo } from './pointer.ts';
import type { DeepReadonly } from './readonly.ts';

/** A Pod as JSON holds it: fields may also be null, and fields that the types do not know may be there. */
export type Pod = DeepReadonly<V1Pod>;
export type PodSpec = DeepReadonly<V1PodSpec>;
export type Container = DeepReadonly<V1Container>;
export type Volume = DeepReadonly<V1Volume>;
export type VolumeMount = DeepReadonly<V1VolumeMount>;
export type ObjectMeta = DeepReadonly<V1ObjectMeta>;

/** The three lists of containers in a PodSpec, in the order in which findings are told. */
const containerLists = ['containers', 'initContainers', 'ephemeralContainers'] as const;
export type ContainerList = (typeof containerLists)[number];

/** A container with its place: checks never compute an absolute pointer or an index. */
export interface ContainerAt {
  readonly at: Pointer;
  readonly name: string;
  readonly list: ContainerList;
  readonly value: Container;
}

/** A volume with its place. */
export interface VolumeAt {
  readonly at: Pointer;
  readonly name: string;
  readonly value: Volume;
}

/** What every subject has. */
export interface ObjectSubject {
  /** Empty for an object that is in none. */
  readonly namespace: string;
  readonly metadata: ObjectMeta;
  readonly metadataAt: Pointer;
  readonly specAt: Pointer;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What most checks judge: a pod, or the pod inside of something else. */
export interface PodSubject extends ObjectSubject {
  readonly kind: 'pod';
  /** template: in a workload; custom: in a custom resource. Both are judged as the mutation would leave them. */
  readonly origin: 'pod' | 'template' | 'custom';
  /** Where the Pod, or the PodTemplateSpec, is in the object as it was sent. */
  readonly at: Pointer;
  /** The Pod, or PodTemplateSpec, itself. */
  readonly pod: Pod;
  readonly spec: PodSpec;
  readonly containers: readonly ContainerAt[];
  readonly volumes: readonly VolumeAt[];
}

/** What is judged: a later kind is one more member. */
export type Subject =
  | PodSubject
  | PersistentVolumeSubject
  | StorageClassSubject
  | RuntimeClassSubject
  | ResourceClaimSubject
  | ServiceSubject;

const nothing = Object.freeze({});

/**
 * Views a Pod as a subject.
 *
 * Throws UnreadableObjectError when a field that some check reads has a type that Kubernetes does not give it, so that
 * nothing is ever admitted because it could not be read.
 */
export function podSubject(
  value: unknown,
  namespace: string,
  origin: PodSubject['origin'] = 'pod',
  at: Pointer = '',
): PodSubject {
  const pod = requirePodShape(value, at);
  const metadata: ObjectMeta = pod.metadata ?? (nothing as ObjectMeta);
  const spec = pod.spec ?? (nothing as PodSpec);
  const specAt = pointerTo(at, 'spec');
  return {
    kind: 'pod',
    origin,
    at,
    namespace,
    pod,
    metadata,
    spec,
    metadataAt: pointerTo(at, 'metadata'),
    specAt,
    labels: metadata.labels ?? nothing,
    annotations: metadata.annotations ?? nothing,
    containers: containersOf(spec, specAt),
    volumes: volumesOf(spec, specAt),
  };
}

function containersOf(spec: PodSpec, specAt: Pointer): readonly ContainerAt[] {
  const found: ContainerAt[] = [];
  for (const list of containerLists) {
    const containers = spec[list] as readonly Container[] | null | undefined;
    if (containers == null) continue;
    for (let index = 0; index < containers.length; index++) {
      const value = containers[index] as Container;
      found.push({ at: `${specAt}/${list}/${index}` as Pointer, name: value.name ?? '', list, value });
    }
  }
  return found;
}

function volumesOf(spec: PodSpec, specAt: Pointer): readonly VolumeAt[] {
  return (spec.volumes ?? []).map((value, index) => ({
    at: `${specAt}/volumes/${index}` as Pointer,
    name: value.name ?? '',
    value,
  }));
}
