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
import { UnreadableObjectError } from './shape.ts';

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

/** A pod that is not in one place: a controller makes it of what is in several. */
export interface PodParts {
  readonly namespace: string;
  /** Where what all of the pod has in common is. */
  readonly at: Pointer;
  /** The fields of a PodSpec, but for its containers and volumes. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly containers: readonly { readonly at: Pointer; readonly value: unknown }[];
  readonly volumes: readonly { readonly at: Pointer; readonly value: unknown }[];
}

/** Views what a controller makes a pod of as a subject of origin custom. Throws UnreadableObjectError. */
export function partsSubject({ namespace, at, spec, containers, volumes }: PodParts): PodSubject {
  const whole = { spec: { ...spec, containers: valuesOf(containers), volumes: valuesOf(volumes) } };
  const subject = placed(() => podSubject(whole, namespace, 'custom', at), at, { containers, volumes });
  return {
    ...subject,
    metadataAt: at,
    specAt: at,
    containers: subject.containers.map((one, index) => ({ ...one, at: containers[index]?.at ?? one.at })),
    volumes: subject.volumes.map((one, index) => ({ ...one, at: volumes[index]?.at ?? one.at })),
  };
}

/** Tells an error where the part really is. */
function placed<T>(read: () => T, at: Pointer, lists: Pick<PodParts, 'containers' | 'volumes'>): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    const [, list, index, rest] =
      /^\/spec\/(containers|volumes)\/(\d+)(.*)$/s.exec(error.pointer.slice(at.length)) ?? [];
    const part = list === 'containers' || list === 'volumes' ? lists[list][Number(index)] : undefined;
    const pointer = part === undefined ? error.pointer.replace(`${at}/spec`, at) : `${part.at}${rest}`;
    throw new UnreadableObjectError(pointer as Pointer, error.problem);
  }
}

function valuesOf(parts: readonly { readonly value: unknown }[]): readonly unknown[] {
  return parts.map(({ value }) => value);
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
