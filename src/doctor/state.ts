import type { LoadResult } from '../config/load.ts';
import type { Fields } from '../kubernetes/shape.ts';

/** A configuration that was loaded, with what it was made of. */
export type LoadedConfiguration = Omit<Extract<LoadResult, { readonly kind: 'configuration' }>, 'kind'>;

/** What the webhook is known to serve and to be trusted by. PEM, each. */
export interface Served {
  /** The certificates of a handshake through the Service, or of the Secret that the pods mount; the leaf first. */
  readonly chain: readonly string[] | undefined;
  /** The CAs of the Secret that the replicas sign by; the signing one first. */
  readonly authorities: string | undefined;
  /** Where that was read, for people. */
  readonly source: string;
}

/** Where the configuration of new replicas comes from, and what is wrong with it. */
export interface ConfigurationSource {
  /** For people; empty when it is a file of whoever asks. */
  readonly where: string;
  readonly problem?: 'missing' | 'invalid';
  /** Absent when it is a file of whoever asks. */
  readonly configMap?: { readonly name: string; readonly key: string };
  /** What is invalid, a line each. */
  readonly lines: readonly string[];
}

/** What one replica counts. */
export interface ReplicaUsage {
  readonly replica: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** By exemption. */
  readonly uses: ReadonlyMap<string, number>;
}

/** The parts of a cluster that are looked at. */
export interface Parts {
  readonly deployment: Fields | undefined;
  readonly service: Fields | undefined;
  readonly endpointSlices: readonly Fields[];
  readonly configuration: LoadedConfiguration;
  readonly source: ConfigurationSource;
  readonly validating: readonly Fields[];
  readonly mutating: readonly Fields[];
  /** ValidatingAdmissionPolicies and their bindings, each with its kind. */
  readonly validatingPolicies: readonly Fields[];
  /** MutatingAdmissionPolicies and their bindings, each with its kind; none before Kubernetes 1.36. */
  readonly mutatingPolicies: readonly Fields[];
  readonly served: Served;
  readonly namespaces: readonly Fields[];
  readonly nodes: readonly Fields[];
  readonly runtimeClasses: readonly Fields[];
  readonly daemonSets: readonly Fields[];
  readonly clusterRoles: readonly Fields[];
  readonly clusterRoleBindings: readonly Fields[];
  readonly roles: readonly Fields[];
  readonly roleBindings: readonly Fields[];
  /** Kyverno's policies, each with its kind. */
  readonly kyverno: readonly Fields[];
  /** Gatekeeper's constraints, each with its kind. */
  readonly gatekeeper: readonly Fields[];
  readonly usage: readonly ReplicaUsage[];
}

/** A part that was read, or why it was not. */
export type Read<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'unread'; readonly why: string };

/** What was read of a cluster, at one time. */
export type ClusterState = { readonly [K in keyof Parts]: Read<Parts[K]> };

/** What the parts are, for people. */
export const partNames: Readonly<Record<keyof Parts, string>> = {
  deployment: 'the Deployment',
  service: 'the Service',
  endpointSlices: 'the EndpointSlices of the Service',
  configuration: 'the configuration',
  source: 'where the configuration comes from',
  validating: 'ValidatingWebhookConfigurations',
  mutating: 'MutatingWebhookConfigurations',
  validatingPolicies: 'ValidatingAdmissionPolicies and their bindings',
  mutatingPolicies: 'MutatingAdmissionPolicies and their bindings',
  served: 'the certificate that is served',
  namespaces: 'Namespaces',
  nodes: 'Nodes',
  runtimeClasses: 'RuntimeClasses',
  daemonSets: 'DaemonSets',
  clusterRoles: 'ClusterRoles',
  clusterRoleBindings: 'ClusterRoleBindings',
  roles: 'Roles',
  roleBindings: 'RoleBindings',
  kyverno: "Kyverno's policies",
  gatekeeper: "Gatekeeper's constraints",
  usage: "the replicas' metrics",
};

/** Wraps what was read. */
export function read<T>(value: T): Read<T> {
  return { kind: 'read', value };
}

/** Says why something was not read. */
export function unread(why: string): { readonly kind: 'unread'; readonly why: string } {
  return { kind: 'unread', why };
}
