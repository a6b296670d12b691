import { quantityEquals } from './quantity.ts';

/** The annotation in which the mutation records the containers that it gave the device to: a comma list of names. */
export const fuseContainersAnnotation = 'pratique.dev/fuse-containers';

/** The fuse contract of a site: what a pod gets that asks for the device, and what it must look like then. */
export interface Fuse {
  /** The label by which a pod asks. */
  readonly label: { readonly key: string; readonly value: string };
  /** The extended resource that stands for `/dev/fuse`, such as `squat.ai/fuse`. */
  readonly resource: string;
  /** Other names of the same device that nobody may ask for: extended resources and `deviceclass.resource.kubernetes.io/…`. */
  readonly gatedResources: ReadonlySet<string>;
  readonly count: number;
  /** Container names, the first that exists gets the device; when none does, the only container. */
  readonly containers: readonly string[];
  readonly runtimeClassName: string;
  readonly acceptedRuntimeClassNames: ReadonlySet<string>;
  /** Whether `hostUsers: false` is accepted in place of a class. */
  readonly acceptUserNamespaces: boolean;
  /** Whether pods of this namespace may ask. */
  permitted(namespace: string): boolean;
}

/** The containers that get the device, or why none could be chosen. */
export type FuseChoice =
  | { readonly kind: 'chosen'; readonly names: readonly string[] }
  | { readonly kind: 'unknown'; readonly missing: readonly string[] }
  | { readonly kind: 'ambiguous' };

/**
 * Chooses the containers that get the device: those that the annotation names; without one the first configured name
 * that exists; else the only container.
 *
 * `existing` are the names in spec.containers; the annotation is a comma list, blanks around a name do not count.
 */
function chooseFuseContainers(
  existing: readonly string[],
  annotation: string | undefined,
  configured: readonly string[],
): FuseChoice {
  const known = new Set(existing);
  if (annotation !== undefined) {
    const names = namesInFuseAnnotation(annotation);
    const missing = names.filter((name) => !known.has(name));
    if (missing.length > 0 || names.length === 0) return { kind: 'unknown', missing };
    return { kind: 'chosen', names };
  }
  const first = configured.find((name) => known.has(name)) ?? (existing.length === 1 ? existing[0] : undefined);
  return first === undefined ? { kind: 'ambiguous' } : { kind: 'chosen', names: [first] };
}

/** The names in the annotation's comma list, each once. */
export function namesInFuseAnnotation(annotation: string): readonly string[] {
  const names = annotation.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Whether a pod with this class, or in this user namespace, may hold the device. */
export function acceptsFuseSandbox(
  fuse: Fuse,
  runtimeClassName: string | null | undefined,
  hostUsers: boolean | null | undefined,
): boolean {
  if (runtimeClassName == null) return fuse.acceptUserNamespaces && hostUsers === false;
  return runtimeClassName === fuse.runtimeClassName || fuse.acceptedRuntimeClassNames.has(runtimeClassName);
}

/** What the mutation looks at in a pod that asks for the device, as JSON holds it. */
export interface FusePod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: {
    readonly containers?: readonly FuseContainer[] | null;
    readonly initContainers?: readonly FuseContainer[] | null;
    readonly ephemeralContainers?: readonly FuseContainer[] | null;
    readonly runtimeClassName?: string | null;
    readonly hostUsers?: boolean | null;
  };
}

type Quantities = Readonly<Record<string, unknown>> | null | undefined;

/** A container with its resources. */
export interface FuseContainer {
  readonly name?: string;
  readonly resources?: { readonly limits?: Quantities; readonly requests?: Quantities } | null;
}

/** The bytes of the annotation that records the choice; undefined when it is not there. */
export function recordedFuseContainers({ annotations }: FusePod): string | undefined {
  if (!Object.hasOwn(annotations, fuseContainersAnnotation)) return undefined;
  return annotations[fuseContainersAnnotation] ?? '';
}

/** stranger: a container that is not chosen holds the device, or some container holds it under another name. */
export type FuseObstacle = 'choice' | 'stranger' | 'quantity' | 'sandbox';

/** What the mutation does to a pod that asks, or what keeps it from doing anything. */
export type FusePlan =
  | { readonly kind: 'grant'; readonly names: readonly string[]; readonly setRuntimeClass: boolean }
  | { readonly kind: 'refuse'; readonly obstacle: FuseObstacle };

/**
 * Plans the grant as a whole: a pod whose result could not be admitted is left as it is, so that it never holds the
 * device without its sandbox.
 */
export function planFuse(pod: FusePod, fuse: Fuse): FusePlan {
  const { runtimeClassName, hostUsers } = pod.spec;
  const containers = pod.spec.containers ?? [];
  const existing = containers.map(({ name }) => name ?? '');
  const choice = chooseFuseContainers(existing, recordedFuseContainers(pod), fuse.containers);
  if (choice.kind !== 'chosen') return { kind: 'refuse', obstacle: 'choice' };
  const names = new Set(choice.names);
  const others = containers.filter(({ name }) => !names.has(name ?? ''));
  const { initContainers, ephemeralContainers } = pod.spec;
  const strangers = [...others, ...(initContainers ?? []), ...(ephemeralContainers ?? [])];
  if (strangers.some((one) => holdsFuse(one, fuse)) || containers.some((one) => holdsGated(one, fuse))) {
    return { kind: 'refuse', obstacle: 'stranger' };
  }
  // Whoever else had the device was a stranger.
  if (containers.some(({ resources }) => differs(resources?.limits, fuse) || differs(resources?.requests, fuse))) {
    return { kind: 'refuse', obstacle: 'quantity' };
  }
  const setRuntimeClass = runtimeClassName == null && hostUsers !== false;
  if (!setRuntimeClass && !acceptsFuseSandbox(fuse, runtimeClassName, hostUsers)) {
    return { kind: 'refuse', obstacle: 'sandbox' };
  }
  return { kind: 'grant', names: choice.names, setRuntimeClass };
}

function holdsFuse(container: FuseContainer, fuse: Fuse): boolean {
  return resourceNames(container).includes(fuse.resource) || holdsGated(container, fuse);
}

function holdsGated(container: FuseContainer, fuse: Fuse): boolean {
  return resourceNames(container).some((name) => fuse.gatedResources.has(name));
}

function resourceNames({ resources }: FuseContainer): readonly string[] {
  return [...Object.keys(resources?.limits ?? {}), ...Object.keys(resources?.requests ?? {})];
}

function differs(resources: Quantities, fuse: Fuse): boolean {
  if (resources == null || !Object.hasOwn(resources, fuse.resource)) return false;
  return !quantityEquals(resources[fuse.resource], fuse.count);
}
