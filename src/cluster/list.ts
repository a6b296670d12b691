import { nameOf, namespaceOf } from '../kubernetes/fields.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { type ApiAnswer, type ApiOptions, type ClusterApi, ClusterError, refusalOf } from './api.ts';
import { apiVersionOf, listPath, type Resource } from './resources.ts';

/** What comes of reading a list: its objects page by page, what is worth telling, and what keeps it from being read. */
export type ListEvent =
  | { readonly kind: 'page'; readonly apiVersion: string; readonly items: readonly Fields[] }
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

/** Objects of one answer: a page of large pods is a megabyte or two. */
const pageSize = 100;

/**
 * Reads a list page by page, and holds no more than one. A kind that the cluster does not serve is an empty list.
 *
 * An API server forgets a list that takes minutes to read (410). Then it is read on from where it was, as it is by
 * then; where the server gives no token for that, from the beginning, without what was read. Throws ClusterError.
 */
export async function* listPages(
  api: ClusterApi,
  resource: Resource,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<ListEvent> {
  for (const version of resource.versions) {
    const path = listPath(resource, version, namespace);
    const page = (token: string | undefined) => api.send('GET', path, requestOf(options, token));
    const first = await page(undefined);
    if (first.status === 404) continue;
    yield* pagesFrom(first, page, { resource, version, namespace, rights: options.rights ?? 'deploy/scan-rbac.yaml' });
    return;
  }
}

/** What of a list is wanted. */
export interface ListOptions {
  readonly labelSelector?: string;
  /** Whether the metadata of the objects does. */
  readonly onlyMetadata?: boolean;
  /** The file of deploy/ with the rights that this takes; that of a scan unless told. */
  readonly rights?: string;
}

function requestOf({ labelSelector, onlyMetadata }: ListOptions, token: string | undefined): ApiOptions {
  const query = {
    limit: String(pageSize),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(token === undefined ? {} : { continue: token }),
  };
  return onlyMetadata === true
    ? { query, accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
    : { query };
}

interface Listing {
  readonly resource: Resource;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly rights: string;
}

async function* pagesFrom(
  first: ApiAnswer,
  next: (token: string | undefined) => Promise<ApiAnswer>,
  listing: Listing,
): AsyncGenerator<ListEvent> {
  const { resource, version } = listing;
  let answer = first;
  let last = '';
  const expiries = { inRow: 0, restarts: 0, all: 0 };
  for (;;) {
    const token = continueOf(answer.body);
    if (answer.status === 410 && mayGoOn(expiries, token)) {
      yield { kind: 'note', message: expiredNote(resource, token !== '') };
      answer = await next(token === '' ? undefined : token);
      continue;
    }
    const items = answer.status === 200 ? itemsOf(answer.body) : undefined;
    if (items === undefined) {
      yield { kind: 'error', message: problemOf(answer, listing) };
      return;
    }
    const fresh = expiries.all === 0 ? items : items.filter((item) => keyOf(item) > last);
    yield { kind: 'page', apiVersion: apiVersionOf(resource, version), items: fresh };
    if (token === '') return;
    last = fresh.reduce((key, item) => (keyOf(item) > key ? keyOf(item) : key), last);
    expiries.inRow = 0;
    answer = await next(token);
  }
}

/** Goes on as often as pages come in between, and begins again once. */
function mayGoOn(expiries: { inRow: number; restarts: number; all: number }, token: string): boolean {
  expiries.all++;
  return token === '' ? expiries.restarts++ === 0 : expiries.inRow++ < 2;
}

function itemsOf(body: unknown): readonly Fields[] | undefined {
  const items = isObject(body) ? body['items'] : undefined;
  // Go writes an empty list as null.
  if (items === null) return [];
  return Array.isArray(items) ? (items as readonly unknown[]).filter(isObject) : undefined;
}

/** The token for the next page; the Status of an expired list holds one as well. Empty where there is none. */
function continueOf(body: unknown): string {
  const metadata = isObject(body) ? body['metadata'] : undefined;
  const token = isObject(metadata) ? metadata['continue'] : undefined;
  return typeof token === 'string' ? token : '';
}

/** Lists come in the order of these keys, which are etcd's. */
function keyOf(item: Fields): string {
  return `${namespaceOf(item)}/${nameOf(item)}`;
}

function expiredNote({ name }: Resource, goesOn: boolean): string {
  return goesOn
    ? `${name}: the API server no longer has the list of when it was begun; the rest is as it is by now`
    : `${name}: the API server no longer has the list of when it was begun; it is read again`;
}

/** Says what is missing when something is forbidden; throws when nothing else would be allowed either. */
function problemOf(answer: ApiAnswer, { resource, namespace, rights }: Listing): string {
  const { name, group } = resource;
  if (answer.status === 401) {
    throw new ClusterError(`the API server does not accept the credentials (${refusalOf(answer)})`);
  }
  if (answer.status === 403) {
    const where = namespace === undefined || !resource.namespaced ? '' : ` in the namespace ${namespace}`;
    const api = group === '' ? 'the core API group' : `the API group ${group}`;
    return `${name} were not read: RBAC does not allow to list "${name}" of ${api}${where} (${rights})`;
  }
  return `${name} were not read: ${answer.status === 200 ? 'the answer is no list' : refusalOf(answer)}`;
}
