import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { V1KeyToPath, V1Pod, V1ProjectedVolumeSource, V1Volume } from '@kubernetes/client-node';
import type { ApiClient } from './api-client.ts';
import { fieldOf } from './kubelet-fields.ts';

/** The files of one volume by their path in it; undefined for a volume that the container fills. */
type Content = ReadonlyMap<string, Buffer>;

/** The volumes of one pod on disk. */
export interface PodVolumes {
  /** The folder of each volume by its name. */
  readonly folders: ReadonlyMap<string, string>;
  /** Reads ConfigMaps and Secrets again and replaces the files of those that changed, all at once, as the kubelet does. */
  sync(): Promise<void>;
}

interface Token {
  readonly text: string;
  readonly renewAt: number;
}

/**
 * Writes the ConfigMap, Secret, projected and emptyDir volumes of a pod below a folder; a claim has a folder below another one,
 * which outlives the pod. Throws, for the pod's status, when an object is missing or a volume is of another kind.
 */
export async function materialiseVolumes(
  api: ApiClient,
  pod: V1Pod,
  folder: string,
  claims: string,
): Promise<PodVolumes> {
  const folders = new Map<string, string>();
  const written = new Map<string, string>();
  const read = readerOf(api, pod);
  const volumes = pod.spec?.volumes ?? [];
  const sync = async () => {
    for (const volume of volumes.filter(({ persistentVolumeClaim }) => persistentVolumeClaim === undefined)) {
      const content = await read(volume);
      const fingerprint = JSON.stringify([...content].map(([path, bytes]) => [path, bytes.toString('base64')]));
      if (written.get(volume.name) === fingerprint) continue;
      await replaceFiles(join(folder, volume.name), content);
      written.set(volume.name, fingerprint);
    }
  };
  for (const { name, persistentVolumeClaim } of volumes) {
    const claim = persistentVolumeClaim?.claimName;
    const place = claim === undefined ? join(folder, name) : join(claims, claim);
    folders.set(name, place);
    await mkdir(place, { recursive: true });
  }
  await sync();
  return { folders, sync };
}

function readerOf(api: ApiClient, pod: V1Pod): (volume: V1Volume) => Promise<Content> {
  const tokens = new Map<string, Token>();
  return async (volume) => {
    if (volume.emptyDir !== undefined) return new Map();
    if (volume.projected !== undefined) return readProjected(api, pod, volume.projected, tokens);
    const { configMap, secret } = volume;
    if (configMap !== undefined) return readObject(api, pod, 'configmaps', configMap.name, configMap);
    if (secret !== undefined) return readObject(api, pod, 'secrets', secret.secretName, secret);
    throw new Error(`The volume ${volume.name} is of a kind that this kubelet cannot make.`);
  };
}

async function readProjected(
  api: ApiClient,
  pod: V1Pod,
  { sources = [] }: V1ProjectedVolumeSource,
  tokens: Map<string, Token>,
): Promise<Content> {
  const content = new Map<string, Buffer>();
  for (const { configMap, secret, downwardAPI, serviceAccountToken, ...rest } of sources) {
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined)
      throw new Error(`A projected volume has the source ${unknown}, unknown to this kubelet.`);
    if (configMap !== undefined) merge(content, await readObject(api, pod, 'configmaps', configMap.name, configMap));
    if (secret !== undefined) merge(content, await readObject(api, pod, 'secrets', secret.name, secret));
    for (const { path, fieldRef } of downwardAPI?.items ?? []) {
      content.set(path, Buffer.from(fieldOf(pod, fieldRef?.fieldPath ?? 'a resource')));
    }
    if (serviceAccountToken !== undefined) {
      const { path, audience, expirationSeconds = 3_600 } = serviceAccountToken;
      content.set(path, Buffer.from(await tokenOf(api, pod, tokens, audience, expirationSeconds)));
    }
  }
  return content;
}

function merge(content: Map<string, Buffer>, more: Content): void {
  for (const [path, bytes] of more) content.set(path, bytes);
}

async function readObject(
  api: ApiClient,
  pod: V1Pod,
  resource: 'configmaps' | 'secrets',
  name: string | undefined,
  { items, optional }: { readonly items?: readonly V1KeyToPath[]; readonly optional?: boolean },
): Promise<Content> {
  const path = `/api/v1/namespaces/${pod.metadata?.namespace}/${resource}/${name}`;
  const { status, body } = await api.request<StoredObject>('GET', path);
  if (status === 404 && optional === true) return new Map();
  if (status !== 200) throw new Error(`${resource} "${name}" could not be read: ${status} ${body.message ?? ''}`);
  const content = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(body.data ?? {})) {
    content.set(key, Buffer.from(text, resource === 'secrets' ? 'base64' : 'utf8'));
  }
  for (const [key, text] of Object.entries(body.binaryData ?? {})) content.set(key, Buffer.from(text, 'base64'));
  return items === undefined ? content : selected(content, items, `${resource} "${name}"`, optional === true);
}

interface StoredObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly message?: string;
}

function selected(content: Content, items: readonly V1KeyToPath[], what: string, isOptional: boolean): Content {
  const chosen = new Map<string, Buffer>();
  for (const { key, path } of items) {
    const bytes = content.get(key);
    if (bytes !== undefined) chosen.set(path, bytes);
    else if (!isOptional) throw new Error(`${what} has no key "${key}".`);
  }
  return chosen;
}

/** A token of the pod's account that ends with the pod; a new one after 80 % of its time, as the kubelet does. */
async function tokenOf(
  api: ApiClient,
  pod: V1Pod,
  tokens: Map<string, Token>,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<string> {
  const known = tokens.get(audience ?? '');
  if (known !== undefined && Date.now() < known.renewAt) return known.text;
  const { metadata, spec } = pod;
  const path = `/api/v1/namespaces/${metadata?.namespace}/serviceaccounts/${spec?.serviceAccountName}/token`;
  const answer = await api.expect<{ readonly status: { readonly token: string } }>('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: audience === undefined ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata?.name, uid: metadata?.uid },
    },
  });
  tokens.set(audience ?? '', { text: answer.status.token, renewAt: Date.now() + expirationSeconds * 800 });
  return answer.status.token;
}

/**
 * The kubelet's way: the files are links through `..data`, a link to a folder that is replaced as a whole, so that a
 * reader sees all old files or all new ones.
 */
async function replaceFiles(folder: string, content: Content): Promise<void> {
  const version = `..${process.hrtime.bigint()}`;
  await mkdir(join(folder, version));
  for (const [path, bytes] of content) {
    await mkdir(dirname(join(folder, version, path)), { recursive: true });
    await writeFile(join(folder, version, path), bytes, { mode: 0o600 });
  }
  await symlink(version, join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
  const tops = new Set([...content.keys()].map((path) => path.split('/')[0] ?? ''));
  for (const entry of await readdir(folder)) {
    const isOldVersion = entry.startsWith('..') && entry !== '..data' && entry !== version;
    const isOldFile = !entry.startsWith('..') && !tops.has(entry) && content.size > 0;
    if (isOldVersion || isOldFile) await rm(join(folder, entry), { recursive: true, force: true });
    tops.delete(entry);
  }
  for (const top of tops) await symlink(join('..data', top), join(folder, top));
}
