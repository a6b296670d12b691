import type { KubeConfig } from '@kubernetes/client-node';
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
  } catch (error) {
    const what = file === undefined ? 'the kubeconfig' : file;
    throw new ClusterError(`${what} cannot be read: ${messageOf(error)}`, { cause: error });
  }
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
