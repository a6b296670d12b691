import type { ClusterApi } from '../cluster/api.ts';
import { listPages } from '../cluster/list.ts';
import type { Resource } from '../cluster/resources.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { type Policies, policiesOf } from './read.ts';

const celKinds = [
  'ValidatingPolicy',
  'MutatingPolicy',
  'ImageValidatingPolicy',
  'GeneratingPolicy',
  'DeletingPolicy',
] as const;

/** Every kind of policy that Kyverno 1.19 serves. */
export const policyResources: readonly Resource[] = [
  resource('kyverno.io', ['v1', 'v2beta1'], 'ClusterPolicy', false),
  resource('kyverno.io', ['v1', 'v2beta1'], 'Policy', true),
  resource('kyverno.io', ['v2', 'v2beta1'], 'CleanupPolicy', true),
  resource('kyverno.io', ['v2', 'v2beta1'], 'ClusterCleanupPolicy', false),
  resource('kyverno.io', ['v2', 'v2beta1'], 'PolicyException', true),
  ...celKinds.map((kind) => cel(kind, false)),
  ...celKinds.map((kind) => cel(`Namespaced${kind}`, true)),
  cel('PolicyException', true),
];

/** Reads the policies of a cluster; a kind that it does not serve has none. Throws ClusterError. */
export async function livePolicies(api: ClusterApi): Promise<Policies> {
  const objects: { readonly object: Fields; readonly source: string }[] = [];
  const errors: string[] = [];
  for (const one of policyResources) {
    for await (const event of listPages(api, one, undefined, { rights: 'deploy/migrate-rbac.yaml' })) {
      if (event.kind === 'error') errors.push(event.message);
      if (event.kind !== 'page') continue;
      // Items of a list do not say what they are.
      const { apiVersion } = event;
      for (const item of event.items)
        objects.push({ object: { ...item, apiVersion, kind: one.kind }, source: 'the cluster' });
    }
  }
  return policiesOf(objects, errors);
}

function cel(kind: string, namespaced: boolean): Resource {
  return resource('policies.kyverno.io', ['v1', 'v1beta1', 'v1alpha1'], kind, namespaced);
}

function resource(group: string, versions: Resource['versions'], kind: string, namespaced: boolean): Resource {
  const singular = kind.toLowerCase();
  const name = singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
  return { group, versions, name, kind, namespaced };
}
