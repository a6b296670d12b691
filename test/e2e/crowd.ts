import type { ApiClient, ApiObject } from '../harness/api-client.ts';
import { concurrently } from '../harness/concurrently.ts';

/** A crowd of pods with the owners that a cluster gives them, without the controllers that would make them. */
export interface Crowd {
  readonly owners: readonly Owner[];
  /** Makes pods of each owner, from one number up to below another. */
  addPods(from: number, to: number): Promise<void>;
}

/** The owner of a part of the crowd. */
export interface Owner {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly isPrivileged: boolean;
  /** What the pods name as their controller: a Deployment's ReplicaSet, or the owner. */
  readonly controller: Reference;
}

interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Deployment'] as const;
const width = 16;

/** Makes owners in the namespaces, one after the other; every fourth has a privileged container. */
export async function createCrowd(api: ApiClient, count: number, namespaces: readonly string[]): Promise<Crowd> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const owners = await concurrently(numbers, width, (index) =>
    createOwner(api, {
      kind: kinds[index % kinds.length] ?? 'Deployment',
      namespace: namespaces[index % namespaces.length] ?? 'default',
      name: `owner-${String(index).padStart(3, '0')}`,
      isPrivileged: index % 4 === 1,
    }),
  );
  return {
    owners,
    async addPods(from, to) {
      const pods = owners.flatMap((owner) =>
        Array.from({ length: to - from }, (_, index) => podOf(owner, `${owner.name}-${from + index}`)),
      );
      await concurrently(pods, width, (pod) => api.expect('POST', podsPath(pod), pod));
    },
  };
}

async function createOwner(api: ApiClient, parts: Omit<Owner, 'controller'>): Promise<Owner> {
  const owner = await createWorkload(api, parts, parts.kind, parts.name, []);
  if (parts.kind !== 'Deployment') return { ...parts, controller: owner };
  const revision = await createWorkload(api, parts, 'ReplicaSet', `${parts.name}-5f6d8b`, [owner]);
  return { ...parts, controller: revision };
}

async function createWorkload(
  api: ApiClient,
  { namespace, name: app, isPrivileged }: Omit<Owner, 'controller'>,
  kind: string,
  name: string,
  ownerReferences: readonly Reference[],
): Promise<Reference> {
  const spec = {
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: specOf(isPrivileged) },
  };
  const object = { apiVersion: 'apps/v1', kind, metadata: { name, ownerReferences }, spec };
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const { metadata } = await api.expect('POST', path, object);
  return { apiVersion: 'apps/v1', kind, name, uid: metadata?.uid ?? '', controller: true };
}

function podOf({ namespace, name: app, isPrivileged, controller }: Owner, name: string): ApiObject {
  const metadata = { namespace, name, labels: { app }, ownerReferences: [controller] };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: specOf(isPrivileged) };
}

/** About as long as what people run. */
function specOf(isPrivileged: boolean): object {
  const env = Array.from({ length: 30 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `the value of setting ${index}, which is of some length`,
  }));
  const securityContext = isPrivileged ? { securityContext: { privileged: true } } : {};
  return { containers: [{ name: 'main', image: 'registry.example.com/app:1.0.0', env, ...securityContext }] };
}

function podsPath({ metadata }: ApiObject): string {
  return `/api/v1/namespaces/${metadata?.namespace}/pods`;
}
