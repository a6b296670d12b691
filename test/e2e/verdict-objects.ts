import { parseAllDocuments } from 'yaml';
import type { ApiClient, ApiObject, ApiResponse } from '../harness/api-client.ts';

type Json = Readonly<Record<string, unknown>>;

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where objects go that an API server takes. */
export interface Objects {
  /** The resource of an object's kind: undefined when the API server does not serve it. */
  resourceOf(object: Json): Promise<Resource | undefined>;
  /** Creates an object as a dry run, in its own namespace or else in the given one. Throws for a kind that is not served. */
  create(object: Json, namespace: string): Promise<ApiResponse<ApiObject>>;
}

/** Asks the API server itself what it serves. */
export function objectsOf(api: ApiClient): Objects {
  const known = new Map<string, Promise<readonly Resource[]>>();
  const resourcesOf = (apiVersion: string) => {
    const found = known.get(apiVersion) ?? discover(api, rootOf(apiVersion));
    known.set(apiVersion, found);
    return found;
  };
  const resourceOf = async ({ apiVersion, kind }: Json) =>
    (await resourcesOf(String(apiVersion))).find((one) => one.kind === kind && !one.name.includes('/'));
  return {
    resourceOf,
    create: async (object, namespace) => {
      const resource = await resourceOf(object);
      if (resource === undefined)
        throw new Error(`The API server serves no ${object['apiVersion']} ${object['kind']}.`);
      const root = rootOf(String(object['apiVersion']));
      const inside = namespaceOf(object) ?? namespace;
      const path = resource.namespaced ? `${root}/namespaces/${inside}/${resource.name}` : `${root}/${resource.name}`;
      return api.request('POST', path, object, { dryRun: true });
    },
  };
}

/** The namespace that an object names. */
export function namespaceOf({ metadata }: Json): string | undefined {
  const { namespace } = (metadata ?? {}) as Json;
  return typeof namespace === 'string' ? namespace : undefined;
}

/** The pod that a workload's controller makes of its template; undefined for what makes none. */
export function podOf(workload: Json): Json | undefined {
  const { spec, metadata } = workload;
  const template = (workload['template'] ??
    at(spec, 'template') ??
    at(spec, 'jobTemplate', 'spec', 'template')) as Json;
  if (at(template, 'spec', 'containers') === undefined) return undefined;
  const { name, namespace } = metadata as Json;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(template['metadata'] as Json | undefined),
      name: `${name}-x7k2p`,
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: template['spec'],
  };
}

/** Reads documents as kubectl does: YAML 1.1. Throws what is wrong with one. */
export function documentsOf(text: string): readonly Json[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const content = document.toJS() as Json | null;
    return content === null ? [] : [content];
  });
}

async function discover(api: ApiClient, root: string): Promise<readonly Resource[]> {
  const { status, body } = await api.request<{ readonly resources?: readonly Resource[] }>('GET', root);
  return status === 200 ? (body.resources ?? []) : [];
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Json)[key] : undefined),
    value,
  );
}
