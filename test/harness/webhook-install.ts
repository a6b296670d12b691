import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { ApiObject } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { waitFor } from './waiting.ts';

/** What to install, where the webhook listens and how to see that it is called. */
export interface InstallOptions {
  /** A multi-document YAML file of Mutating- and ValidatingWebhookConfigurations. */
  readonly manifestPath: string;
  /** The port of 127.0.0.1 on which the webhook, or a balancer before it, listens. */
  readonly port: number;
  readonly caBundlePem: string;
  /** Replaces that of every webhook. */
  readonly failurePolicy?: 'Fail' | 'Ignore';
  /** Replaces that of every webhook; seconds. */
  readonly timeoutSeconds?: number;
  /** Asked until true: for example a dry-run create that only the webhook denies. */
  readonly probe: () => Promise<boolean>;
  readonly timeoutMs?: number;
}

/** What was installed. */
export interface WebhookInstallation {
  /** The path of each webhook configuration in the API. */
  readonly paths: readonly string[];
  /** Deletes the webhook configurations; the API server may call them for a moment longer. */
  remove(): Promise<void>;
}

interface WebhookConfiguration extends ApiObject {
  readonly webhooks: readonly Webhook[];
}

interface Webhook {
  readonly clientConfig: {
    readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string };
  };
  readonly [field: string]: unknown;
}

const resources: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
};

/**
 * Installs webhook configurations as they are deployed, except for caBundle and the service's port, and waits until
 * the API server calls them. In place of the deployed ClusterIP Service, for which there is no network here, stands one
 * of type ExternalName that points to localhost: the API server dials that, with the port of the clientConfig, and still
 * verifies the certificate against `<service>.<namespace>.svc`. Applying again with other options changes the
 * installation. Throws when the manifest holds anything else or `probe` does not become true within `timeoutMs`
 * (60,000 unless told).
 */
export async function installWebhook(cluster: Cluster, options: InstallOptions): Promise<WebhookInstallation> {
  const configurations = await readConfigurations(options.manifestPath);
  const services = new Map<string, { readonly namespace: string; readonly name: string }>();
  for (const { webhooks } of configurations) {
    for (const webhook of webhooks) {
      const { namespace, name } = serviceOf(webhook, options.manifestPath);
      services.set(`${namespace}/${name}`, { namespace, name });
    }
  }
  for (const service of services.values()) await pointToLocalhost(cluster, service.namespace, service.name);
  const paths: string[] = [];
  for (const configuration of configurations) {
    const path = `/apis/admissionregistration.k8s.io/v1/${resources[configuration.kind ?? '']}/${configuration.metadata?.name}`;
    await apply(cluster, path, adapted(configuration, options));
    paths.push(path);
  }
  await waitFor('the webhook to be called', options.probe, { timeoutMs: options.timeoutMs ?? 60_000 });
  const remove = async () => {
    for (const path of paths) await cluster.api.expect('DELETE', path);
  };
  return { paths, remove };
}

async function readConfigurations(manifestPath: string): Promise<readonly WebhookConfiguration[]> {
  const configurations: WebhookConfiguration[] = [];
  for (const document of parseAllDocuments(await readFile(manifestPath, 'utf8'))) {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const content = document.toJS() as WebhookConfiguration | null;
    if (content === null) continue; // a file may end with a separator
    if (resources[content.kind ?? ''] === undefined) {
      throw new Error(`${manifestPath} holds a ${content.kind}; only webhook configurations can be installed from it.`);
    }
    configurations.push(content);
  }
  if (configurations.length === 0) throw new Error(`${manifestPath} holds no webhook configuration.`);
  return configurations;
}

function adapted(configuration: WebhookConfiguration, options: InstallOptions): WebhookConfiguration {
  const caBundle = Buffer.from(options.caBundlePem, 'utf8').toString('base64');
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    ...(options.failurePolicy === undefined ? {} : { failurePolicy: options.failurePolicy }),
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds }),
    clientConfig: {
      ...webhook.clientConfig,
      caBundle,
      service: { ...serviceOf(webhook, options.manifestPath), port: options.port },
    },
  }));
  return { ...configuration, webhooks };
}

function serviceOf(webhook: Webhook, manifestPath: string) {
  const service = webhook.clientConfig.service;
  if (service === undefined) throw new Error(`${manifestPath} holds a webhook without clientConfig.service.`);
  return service;
}

async function pointToLocalhost(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const { status } = await cluster.api.request('GET', `/api/v1/namespaces/${namespace}`);
  if (status === 404) await cluster.createNamespace(namespace);
  await apply(cluster, `/api/v1/namespaces/${namespace}/services/${name}`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
}

/** Server-side apply: creates or changes, whatever was there. */
async function apply(cluster: Cluster, path: string, object: ApiObject): Promise<void> {
  await cluster.api.expect('PATCH', path, object, {
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'pratique-test', force: 'true' },
  });
}
