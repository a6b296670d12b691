import type { ApiObject } from '../harness/api-client.ts';

/** A pod to be created. */
export interface PodObject extends ApiObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly spec: PodSpec;
}

/** The spec of a pod, as far as tests look into one that comes back. */
export interface PodSpec {
  readonly containers: readonly ContainerObject[];
  readonly initContainers?: readonly ContainerObject[];
  readonly runtimeClassName?: string;
  readonly [field: string]: unknown;
}

/** A container, as far as tests look into one that comes back. */
export interface ContainerObject {
  readonly name: string;
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What differs from a plain pod of one container in namespace `gitlab`. */
export interface PodParts {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** More of the metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Merged into the one container, unless `spec` has containers. */
  readonly container?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export const plainImage = 'registry.example.com/ci/build:1.0.0';

/** Makes a pod that is fine but for the given parts. */
export function pod(name: string, parts: PodParts = {}): PodObject {
  const { namespace = 'gitlab', labels, annotations, metadata, container, spec } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...metadata,
    },
    spec: { containers: [{ name: 'build', image: plainImage, ...container }], ...spec },
  };
}

/** A privileged container is the shortest violation. */
export const privileged = { securityContext: { privileged: true } };

/** A volume of the engine's socket. */
export const socketVolume = { name: 'engine', hostPath: { path: '/var/run/docker.sock' } };
