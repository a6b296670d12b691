import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ApiObject } from '../harness/api-client.ts';
import { type Balancer, startBalancer } from '../harness/balancer.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook, type WebhookProcess } from '../harness/webhook-process.ts';
import { deployedManifest } from './guarded-cluster.ts';

const namespace = 'pratique';
const roleObjects = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'] as const;

/** The paths of what the replicas keep. */
export const tlsPaths = {
  secret: `/api/v1/namespaces/${namespace}/secrets/pratique-ca`,
  validating: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pratique',
  mutating: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pratique',
} as const;

/** A webhook configuration, as far as these tests look into one. */
export interface TlsConfiguration extends ApiObject {
  readonly webhooks: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string; readonly [field: string]: unknown };
    readonly [field: string]: unknown;
  }[];
}

/** A real API server whose webhook configurations have no caBundle, and a balancer for the replicas. */
export interface TlsCluster {
  readonly cluster: Cluster;
  readonly balancer: Balancer;
  readonly replicas: WebhookProcess[];
  /** Starts a replica with the least rights, and waits until it is ready unless told otherwise; with its time to ready. */
  start(args?: readonly string[]): Promise<{ readonly replica: WebhookProcess; readonly seconds: number }>;
  /** The PEM of each caBundle. */
  bundles(): Promise<readonly string[]>;
  secret(): Promise<{ readonly [key: string]: string }>;
  configuration(kind: 'validating' | 'mutating'): Promise<TlsConfiguration>;
  stop(): Promise<void>;
}

/** Starts etcd, the API server and the balancer; installs the deployed configurations with `failurePolicy: Fail`. */
export async function startTlsCluster(): Promise<TlsCluster> {
  const cluster = await startCluster({ log: () => undefined });
  const balancer = await startBalancer();
  for (const name of [namespace, 'gitlab']) await cluster.createNamespace(name);
  await installWithoutBundles(cluster, balancer.port);
  const kubeconfig = await leastRights(cluster);
  const replicas: WebhookProcess[] = [];
  const start = async (args: readonly string[] = []) => {
    const before = performance.now();
    const replica = await startWebhook({ drain: '0s', args: [...tlsArguments(kubeconfig), ...args] });
    const seconds = (performance.now() - before) / 1000;
    replicas.push(replica);
    balancer.add({ port: replica.port, readyUrl: `${replica.healthUrl}/readyz` });
    await waitFor('the balancer to see it', () =>
      balancer.backends().some(({ port, isHealthy }) => port === replica.port && isHealthy),
    );
    return { replica, seconds };
  };
  const configuration = (kind: 'validating' | 'mutating') =>
    cluster.api.expect<TlsConfiguration>('GET', tlsPaths[kind]);
  return {
    cluster,
    balancer,
    replicas,
    start,
    configuration,
    bundles: async () => {
      const both = await Promise.all([configuration('validating'), configuration('mutating')]);
      return both.flatMap(({ webhooks }) => webhooks.map(({ clientConfig }) => decode(clientConfig.caBundle ?? '')));
    },
    secret: async () => {
      const { data } = await cluster.api.expect<{ readonly data: Record<string, string> }>('GET', tlsPaths.secret);
      return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decode(text)]));
    },
    stop: async () => {
      await balancer.stop();
      await Promise.all(replicas.map((replica) => replica.stop('SIGKILL')));
      await cluster.stop();
    },
  };
}

/** The flags of a replica in mode `self`, without times. */
function tlsArguments(kubeconfig: string): readonly string[] {
  return [
    '--tls-secret=pratique-ca',
    '--tls-service=pratique',
    `--namespace=${namespace}`,
    '--validating-webhook-configuration=pratique',
    '--mutating-webhook-configuration=pratique',
    `--kubeconfig=${kubeconfig}`,
  ];
}

async function installWithoutBundles({ api }: Cluster, port: number): Promise<void> {
  await api.expect('POST', `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'pratique' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  for (const document of parseAllDocuments(await readFile(deployedManifest, 'utf8'))) {
    const object = document.toJS() as TlsConfiguration;
    const webhooks = object.webhooks.map((webhook) => ({
      ...webhook,
      failurePolicy: 'Fail',
      clientConfig: { service: { ...(webhook.clientConfig['service'] as object), port } },
    }));
    const kind = object.kind === 'MutatingWebhookConfiguration' ? 'mutating' : 'validating';
    await api.expect(
      'PATCH',
      tlsPaths[kind],
      { ...object, webhooks },
      {
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'helm' },
      },
    );
  }
}

/** An account that may do what docs/tls.md lists and nothing else; a kubeconfig with its token in a file. */
async function leastRights({ api, admin, folder }: Cluster): Promise<string> {
  const account = { kind: 'ServiceAccount', name: 'pratique', namespace };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const named = { resourceNames: ['pratique'], apiGroups: ['admissionregistration.k8s.io'] };
  await api.expect('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'pratique' } });
  await api.expect('POST', `${rbac}/namespaces/${namespace}/roles`, {
    metadata: { name: 'pratique' },
    rules: [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['pratique-ca'], verbs: ['get', 'update'] },
    ],
  });
  await api.expect('POST', `${rbac}/namespaces/${namespace}/rolebindings`, binding('Role', account));
  await api.expect('POST', `${rbac}/clusterroles`, {
    metadata: { name: 'pratique' },
    rules: [{ ...named, resources: roleObjects, verbs: ['get', 'patch'] }],
  });
  await api.expect('POST', `${rbac}/clusterrolebindings`, binding('ClusterRole', account));
  const { status } = await api.expect<{ readonly status: { readonly token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/pratique/token`,
    { spec: { expirationSeconds: 3600 } },
  );
  await writeFile(join(folder, 'token'), status.token, { mode: 0o600 });
  return writeKubeconfig(folder, admin.url);
}

function binding(kind: string, account: object): object {
  return {
    metadata: { name: 'pratique' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'pratique' },
    subjects: [account],
  };
}

async function writeKubeconfig(folder: string, server: string): Promise<string> {
  const path = join(folder, 'replica.kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
    clusters: [{ name: 'pod', cluster: { server, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name: 'pod', user: { tokenFile: 'token' } }],
  };
  await writeFile(path, JSON.stringify(content));
  return path;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
