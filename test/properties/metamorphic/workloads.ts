import type { Draft } from '../hardened.ts';
import type { GeneratedPod } from '../pods.ts';

/** A kind of workload, and where it has the pod that it makes. */
export interface Workload {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly path: readonly string[];
}

const inSpec = ['spec', 'template'];

/** Written down once more, by the types of Kubernetes and OpenShift: k8s.io/api, github.com/openshift/api/apps/v1. */
export const workloads: readonly Workload[] = [
  { group: '', version: 'v1', kind: 'PodTemplate', resource: 'podtemplates', path: ['template'] },
  { group: '', version: 'v1', kind: 'ReplicationController', resource: 'replicationcontrollers', path: inSpec },
  { group: 'apps', version: 'v1', kind: 'DaemonSet', resource: 'daemonsets', path: inSpec },
  { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', path: inSpec },
  { group: 'apps', version: 'v1', kind: 'ReplicaSet', resource: 'replicasets', path: inSpec },
  { group: 'apps', version: 'v1', kind: 'StatefulSet', resource: 'statefulsets', path: inSpec },
  { group: 'apps.openshift.io', version: 'v1', kind: 'DeploymentConfig', resource: 'deploymentconfigs', path: inSpec },
  { group: 'batch', version: 'v1', kind: 'CronJob', resource: 'cronjobs', path: ['spec', 'jobTemplate', ...inSpec] },
  { group: 'batch', version: 'v1', kind: 'Job', resource: 'jobs', path: inSpec },
];

/** The object of a kind that makes such pods. */
export function workloadOf({ group, version, kind, path }: Workload, { metadata, spec }: GeneratedPod): Draft {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const made: Draft = { apiVersion, kind, metadata: { name: 'workload', labels: { app: 'workload' } } };
  let holder = made;
  for (const key of path.slice(0, -1)) {
    const below: Draft = { replicas: 1, selector: { matchLabels: { app: 'workload' } } };
    holder[key] = below;
    holder = below;
  }
  holder[path.at(-1) ?? ''] = { metadata, spec };
  return made;
}
