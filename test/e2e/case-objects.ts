import type { ApiClient, ApiObject, ApiResponse } from '../harness/api-client.ts';
import { completed } from './case-completion.ts';

type Json = Readonly<Record<string, unknown>>;

interface Resource {
  readonly plural: string;
  readonly isNamespaced: boolean;
}

const namespaced = (plural: string): Resource => ({ plural, isNamespaced: true });
const clusterScoped = (plural: string): Resource => ({ plural, isNamespaced: false });

/** The kinds that are judged; all versions of one have the same plural. */
const resources: Readonly<Record<string, Resource>> = {
  Pod: namespaced('pods'),
  PodTemplate: namespaced('podtemplates'),
  Service: namespaced('services'),
  ReplicationController: namespaced('replicationcontrollers'),
  DaemonSet: namespaced('daemonsets'),
  Deployment: namespaced('deployments'),
  ReplicaSet: namespaced('replicasets'),
  StatefulSet: namespaced('statefulsets'),
  Job: namespaced('jobs'),
  CronJob: namespaced('cronjobs'),
  ResourceClaim: namespaced('resourceclaims'),
  ResourceClaimTemplate: namespaced('resourceclaimtemplates'),
  PersistentVolume: clusterScoped('persistentvolumes'),
  RuntimeClass: clusterScoped('runtimeclasses'),
  StorageClass: clusterScoped('storageclasses'),
};

/** Whether an object is in no namespace. */
export function isClusterScoped(object: Json): boolean {
  return !resourceOf(object).isNamespaced;
}

/** The path of an object's collection. Throws for a kind that is not judged. */
function collectionOf(object: Json, namespace: string): string {
  const { plural, isNamespaced } = resourceOf(object);
  const apiVersion = String(object['apiVersion']);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return isNamespaced ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

function resourceOf({ kind }: Json): Resource {
  const resource = resources[String(kind)];
  if (resource === undefined) throw new Error(`test/e2e/case-objects.ts does not know the plural of ${String(kind)}.`);
  return resource;
}

/** An object of a case, on its way to the API server. */
export interface Sendable {
  /** As a dry run. */
  send(): Promise<ApiResponse<ApiObject>>;
  /** Whether it is sent as an update that adds ephemeral containers: no pod can be created with them. */
  readonly isUpdate: boolean;
}

/**
 * Gets an object ready to be sent, while nobody judges it: makes the classes that it names, and the pod that it adds
 * ephemeral containers to. `name` must be unique in the namespace.
 */
export async function prepare(api: ApiClient, written: Json, namespace: string, name: string): Promise<Sendable> {
  const object = completed(written);
  const collection = collectionOf(object, namespace);
  if (object['kind'] !== 'Pod') return { send: () => api.request('POST', collection, object, dryRun), isUpdate: false };
  const { ephemeralContainers, ...spec } = (object['spec'] ?? {}) as Json;
  await createClasses(api, spec);
  if (!Array.isArray(ephemeralContainers) || ephemeralContainers.length === 0) {
    return { send: () => api.request('POST', collection, object, dryRun), isUpdate: false };
  }
  const target = { ...object, metadata: { ...(object['metadata'] as Json), name }, spec };
  const created = await api.request('POST', collection, target);
  if (created.status !== 201) return { send: async () => created, isUpdate: true };
  const path = `${collection}/${name}/ephemeralcontainers`;
  const options = { ...dryRun, contentType: 'application/merge-patch+json' };
  return { send: () => api.request('PATCH', path, { spec: { ephemeralContainers } }, options), isUpdate: true };
}

const dryRun = { dryRun: true };

/** Makes the classes that a pod names. Those that cannot be made, because they are there or have no name that Kubernetes takes, are left to the case. */
export async function createClasses(api: ApiClient, { runtimeClassName, priorityClassName }: Json): Promise<void> {
  if (typeof runtimeClassName === 'string') {
    const head = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: runtimeClassName } };
    await api.request('POST', '/apis/node.k8s.io/v1/runtimeclasses', { ...head, handler: 'runc' });
  }
  if (typeof priorityClassName === 'string') {
    const head = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: priorityClassName } };
    await api.request('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', { ...head, value: 1 });
  }
}
