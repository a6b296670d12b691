import { readFile } from 'node:fs/promises';
import type { ConfigurationName } from '../tls/ca-store.ts';
import type { ManagedSource } from '../tls/managed-source.ts';
import type { TlsFlags } from './tls-flags.ts';

/** Where a pod finds the name of its namespace. */
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** A source whose CA is in the cluster, and the name that the API server will ask it for. */
export interface ClusterTls {
  readonly source: ManagedSource;
  readonly serverName: string;
}

/** Makes the source that `--tls-secret` asks for, not yet started; throws when the namespace is not known. */
export async function clusterTls(secret: string, service: string, flags: TlsFlags): Promise<ClusterTls> {
  const [{ managedSource }, { clusterStore }] = await Promise.all([
    import('../tls/managed-source.ts'),
    import('../tls/cluster-store.ts'),
  ]);
  const namespace = flags.namespace ?? (await ownNamespace());
  const serverName = `${service}.${namespace}.svc`;
  const open = async () => {
    const { connect } = await import('../cluster/connection.ts');
    return connect({ kubeconfig: flags.kubeconfig });
  };
  const source = await managedSource({
    store: clusterStore(open, { namespace, name: secret }),
    configurations: configurationsOf(flags),
    names: [serverName, `${serverName}.cluster.local`, `${service}.${namespace}`, ...(flags.tlsSan ?? [])],
    times: {
      caLifetime: flags.tlsCaLifetime,
      leafLifetime: flags.tlsLeafLifetime,
      overlap: flags.tlsOverlap,
      reconcile: flags.tlsReconcile,
    },
    clock: { now: Date.now, elapsed: () => performance.now() },
    random: Math.random,
  });
  return { source, serverName };
}

function configurationsOf(flags: TlsFlags): readonly ConfigurationName[] {
  const { validatingWebhookConfiguration: validating, mutatingWebhookConfiguration: mutating } = flags;
  return [
    ...(validating === undefined ? [] : [{ kind: 'validating', name: validating } as const]),
    ...(mutating === undefined ? [] : [{ kind: 'mutating', name: mutating } as const]),
  ];
}

async function ownNamespace(): Promise<string> {
  try {
    return (await readFile(namespaceFile, 'utf8')).trim();
  } catch (error) {
    throw new Error('outside a pod --tls-secret needs --namespace', { cause: error });
  }
}
