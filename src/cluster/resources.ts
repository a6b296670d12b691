/** A kind of object that a cluster is asked for. */
export interface Resource {
  /** Empty for the core. */
  readonly group: string;
  /** The first that is served is read. */
  readonly versions: readonly [string, ...string[]];
  /** Plural, as it stands in paths and in RBAC. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What makes pods; each kind stands after those that may control it. */
export const workloads: readonly Resource[] = [
  namespaced('apps', ['v1'], 'deployments', 'Deployment'),
  namespaced('apps', ['v1'], 'statefulsets', 'StatefulSet'),
  namespaced('apps', ['v1'], 'daemonsets', 'DaemonSet'),
  namespaced('batch', ['v1'], 'cronjobs', 'CronJob'),
  namespaced('apps.openshift.io', ['v1'], 'deploymentconfigs', 'DeploymentConfig'),
  namespaced('apps', ['v1'], 'replicasets', 'ReplicaSet'),
  namespaced('', ['v1'], 'replicationcontrollers', 'ReplicationController'),
  namespaced('batch', ['v1'], 'jobs', 'Job'),
  namespaced('', ['v1'], 'podtemplates', 'PodTemplate'),
];

/** The pods themselves. */
export const pods: Resource = namespaced('', ['v1'], 'pods', 'Pod');

/** What leads pods to the node without showing in them. */
export const others: readonly Resource[] = [
  namespaced('', ['v1'], 'services', 'Service'),
  namespaced('resource.k8s.io', ['v1', 'v1beta2', 'v1beta1'], 'resourceclaims', 'ResourceClaim'),
  namespaced('resource.k8s.io', ['v1', 'v1beta2', 'v1beta1'], 'resourceclaimtemplates', 'ResourceClaimTemplate'),
  clusterScoped('', ['v1'], 'persistentvolumes', 'PersistentVolume'),
  clusterScoped('storage.k8s.io', ['v1'], 'storageclasses', 'StorageClass'),
  clusterScoped('node.k8s.io', ['v1'], 'runtimeclasses', 'RuntimeClass'),
];

/** `v1` or `group/version`. */
export function apiVersionOf({ group }: Pick<Resource, 'group'>, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a list: of one namespace, or of all. */
export function listPath(resource: Resource, version: string, namespace: string | undefined): string {
  const root = resource.group === '' ? `/api/${version}` : `/apis/${resource.group}/${version}`;
  const place = namespace === undefined || !resource.namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${place}/${resource.name}`;
}

function namespaced(group: string, versions: Resource['versions'], name: string, kind: string): Resource {
  return { group, versions, name, kind, namespaced: true };
}

function clusterScoped(group: string, versions: Resource['versions'], name: string, kind: string): Resource {
  return { group, versions, name, kind, namespaced: false };
}
