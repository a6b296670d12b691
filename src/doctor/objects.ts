import { type ClusterApi, ClusterError, refusalOf } from '../cluster/api.ts';
import { listPages } from '../cluster/list.ts';
import type { Resource } from '../cluster/resources.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { type Read, read, unread } from './state.ts';

/** The rights that all of it takes. */
const rights = 'deploy/doctor-rbac.yaml';

/** Which objects are listed. */
export interface Listed {
  readonly group: string;
  readonly versions: Resource['versions'];
  readonly name: string;
  /** Every object gets it, since items of a list have none. */
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly onlyMetadata?: boolean;
}

/** Lists objects, all pages; why not, where one could not be read. Throws ClusterError. A kind that is not served has none. */
export async function listed(api: ClusterApi, what: Listed): Promise<Read<readonly Fields[]>> {
  const { labelSelector, onlyMetadata = false, namespace } = what;
  const resource: Resource = { ...what, namespaced: namespace !== undefined };
  const options = { rights, onlyMetadata, ...(labelSelector === undefined ? {} : { labelSelector }) };
  const items: Fields[] = [];
  for await (const event of listPages(api, resource, namespace, options)) {
    if (event.kind === 'error') return unread(event.message);
    if (event.kind !== 'page') continue;
    for (const item of event.items) items.push({ ...item, apiVersion: event.apiVersion, kind: what.kind });
  }
  return read(items);
}

/** Reads one object; undefined where there is none of that name, and why not where it could not be read. Throws ClusterError. */
export async function fetched(api: ClusterApi, path: string, what: string): Promise<Read<Fields | undefined>> {
  const answer = await api.send('GET', path);
  if (answer.status === 404) return read(undefined);
  if (answer.status === 401) {
    throw new ClusterError(`the API server does not accept the credentials (${refusalOf(answer)})`);
  }
  if (answer.status === 403) return unread(`RBAC does not allow to get ${what} (${rights})`);
  if (answer.status !== 200 || !isObject(answer.body)) return unread(`${what}: ${refusalOf(answer)}`);
  return read(answer.body);
}

/** Several lists as one; unread as soon as one of them is. */
export function joined(lists: readonly Read<readonly Fields[]>[]): Read<readonly Fields[]> {
  const items: Fields[] = [];
  for (const list of lists) {
    if (list.kind === 'unread') return list;
    items.push(...list.value);
  }
  return read(items);
}
