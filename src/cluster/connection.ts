import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type ClusterApi, ClusterError } from './api.ts';
import { clusterApi } from './transport.ts';

/** Which cluster is meant. */
export interface ConnectionOptions {
  /** As kubectl finds it unless told: KUBECONFIG, ~/.kube/config, and then the service account of the pod. */
  readonly kubeconfig?: string | undefined;
  /** The kubeconfig's current one unless told. */
  readonly context?: string | undefined;
}

/**
 * Opens the API of a cluster, with the credentials of a kubeconfig or of the pod's service account.
 *
 * Of the client library only the kubeconfig is used: its typed calls drop what their types do not know, and make dates
 * of times. Nothing is sent yet. Throws ClusterError.
 */
export async function connect({ kubeconfig, context }: ConnectionOptions): Promise<ClusterApi> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  load(config, kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const server = serverOf(config);
  return clusterApi(server, async (options) => {
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new ClusterError(`the credentials for ${server} cannot be used: ${messageOf(error)}`, { cause: error });
    }
  });
}

function load(config: KubeConfig, file: string | undefined): void {
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
    config.users = withTokenFiles(config.users, filesOf(file));
  } catch (error) {
    const what = file === undefined ? 'the kubeconfig' : file;
    throw new ClusterError(`${what} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The files of a kubeconfig, as kubectl looks for them. */
function filesOf(file: string | undefined): readonly string[] {
  if (file !== undefined) return [file];
  // biome-ignore lint/style/noProcessEnv: kubectl's own variable, which the client library reads too
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return (named.length > 0 ? named : [join(homedir(), '.kube', 'config')]).filter((path) => existsSync(path));
}

/**
 * The users with the `tokenFile` that the library overlooks; by its way of a pod's own token, which it reads again every
 * minute, because such tokens are replaced.
 */
function withTokenFiles(users: KubeConfig['users'], files: readonly string[]): KubeConfig['users'] {
  const tokenFiles = new Map(files.flatMap((file) => tokenFilesIn(file)));
  return users.map((user) => {
    const tokenFile = tokenFiles.get(user.name);
    if (tokenFile === undefined || user.token || user.authProvider) return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
}

/** By the user's name; a path is relative to the kubeconfig. */
function tokenFilesIn(file: string): readonly (readonly [string, string])[] {
  const users: unknown = (parse(readFileSync(file, 'utf8')) as { readonly users?: unknown } | null)?.users;
  if (!Array.isArray(users)) return [];
  return users.flatMap((one: { readonly name?: unknown; readonly user?: { readonly tokenFile?: unknown } } | null) =>
    typeof one?.name === 'string' && typeof one.user?.tokenFile === 'string'
      ? [[one.name, resolve(dirname(file), one.user.tokenFile)] as const]
      : [],
  );
}

function serverOf(config: KubeConfig): string {
  const context = config.getCurrentContext();
  // What the library makes up when it finds nothing.
  if (context === 'loaded-context') {
    throw new ClusterError(
      'there is no kubeconfig (KUBECONFIG, ~/.kube/config) and no service account; name one with --kubeconfig',
    );
  }
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map(({ name }) => name);
    const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new ClusterError(
      context
        ? `the kubeconfig has no context "${context}": ${list}`
        : `the kubeconfig names no current context, choose one with --context: ${list}`,
    );
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || !URL.canParse(server)) {
    throw new ClusterError(`the context "${context}" of the kubeconfig has no cluster with the address of a server`);
  }
  return server;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
