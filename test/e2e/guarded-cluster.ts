import { writeFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunnerTestCase } from 'vitest';
import { stringify } from 'yaml';
import type { ApiObject, ApiRequestOptions, ApiResponse } from '../harness/api-client.ts';
import { writesAuditPolicy } from '../harness/audit.ts';
import { createAuthority, issueServingCertificate, type ServingCertificate } from '../harness/certificates.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { type InstallOptions, installWebhook, type WebhookInstallation } from '../harness/webhook-install.ts';
import {
  startWebhook,
  type WebhookProcess,
  type WebhookProcessOptions,
  type WrittenRecord,
} from '../harness/webhook-process.ts';
import { type PodObject, pod } from './pods.ts';

/** The webhook configurations that are deployed. */
export const deployedManifest = fileURLToPath(new URL('../../deploy/webhooks.yaml', import.meta.url));

/** The message that the API server puts before a denial of ours. */
export const deniedBy = 'admission webhook "validate.pratique.dev" denied the request: ';

/** What a test may ask of its guarded cluster. */
export interface GuardOptions {
  /** Merged over the base: `mountFuse.namespaces: [gitlab]` and a journal of everything. */
  readonly configuration?: object;
  /** Beside `gitlab`. */
  readonly namespaces?: readonly string[];
  /** Objects that are there before the webhook guards anything. */
  readonly before?: (cluster: Cluster) => Promise<void>;
  readonly webhook?: Pick<WebhookProcessOptions, 'drain' | 'args'>;
  /** Added to those of the API server. */
  readonly apiServerFlags?: readonly string[];
}

/** A real API server that calls a real webhook process by the deployed webhook configurations. */
export interface GuardedCluster {
  readonly cluster: Cluster;
  readonly serving: ServingCertificate;
  /** The process that runs now; `restart` replaces it. */
  readonly webhook: WebhookProcess;
  create(object: PodObject, options?: ApiRequestOptions): Promise<ApiResponse<ApiObject & PodObject>>;
  read(object: PodObject): Promise<ApiObject & PodObject>;
  /** A merge patch, unless told. */
  patch(object: PodObject, patch: object, options?: PatchOptions): Promise<ApiResponse<ApiObject & PodObject>>;
  /** Waits for the first record of a pod with the given fields; of `/validate` unless they say otherwise. */
  recordOf(object: PodObject, fields?: Partial<WrittenRecord>): Promise<WrittenRecord>;
  /** Applies the deployed configurations anew, with another failurePolicy. */
  reinstall(over: Pick<InstallOptions, 'failurePolicy'>, probe: InstallOptions['probe']): Promise<WebhookInstallation>;
  /** Starts the webhook again, on the same port. */
  restart(): Promise<void>;
  /** Replaces the configuration file, as a ConfigMap's update does: never half. */
  configure(configuration: object): Promise<void>;
  /** To be called after each test: keeps the logs of one that failed. */
  afterTest(task: Readonly<RunnerTestCase>): void;
  stop(): Promise<void>;
}

export type PatchOptions = ApiRequestOptions & { readonly subresource?: string };

/** What every test's configuration is merged over. */
export const baseConfiguration = {
  apiVersion: 'pratique.dev/v1alpha1',
  kind: 'PratiqueConfiguration',
  mountFuse: { namespaces: ['gitlab'] },
  journal: { allows: 'all' },
};

/** Starts the cluster with the class `untrusted`, the webhook, and installs the one in the other. */
export async function startGuardedCluster(options: GuardOptions = {}): Promise<GuardedCluster> {
  const cluster = await startCluster({
    auditPolicy: writesAuditPolicy,
    log: () => undefined,
    apiServerFlags: options.apiServerFlags ?? [],
  });
  let webhook: WebhookProcess | undefined;
  try {
    for (const namespace of ['gitlab', ...(options.namespaces ?? [])]) await cluster.createNamespace(namespace);
    await createUntrustedClass(cluster);
    await options.before?.(cluster);
    const { serving, configFile } = await writeWebhookFiles(cluster, options.configuration ?? {});
    const start = (port?: number) =>
      startWebhook({
        configFile,
        certFile: serving.certFile,
        keyFile: serving.keyFile,
        drain: '0s',
        ...options.webhook,
        ...(port === undefined ? {} : { port }),
      });
    webhook = await start();
    const installation = { manifestPath: deployedManifest, port: webhook.port, caBundlePem: serving.caBundlePem };
    await installWebhook(cluster, { ...installation, probe: () => isGuarded(cluster) });
    return guarded({ cluster, webhook, serving, configFile, start, installation });
  } catch (error) {
    await webhook?.stop('SIGKILL');
    await cluster.stop({ failed: true });
    throw error;
  }
}

/** Writes the serving certificate and the configuration of webhook processes into the cluster's folder. */
export async function writeWebhookFiles(cluster: Cluster, configuration: object) {
  const folder = join(cluster.folder, 'webhook');
  await mkdir(folder);
  const authority = await createAuthority();
  const serving = await issueServingCertificate(authority, { folder, service: 'pratique', namespace: 'pratique' });
  const configFile = join(folder, 'pratique.yaml');
  await writeConfiguration(configFile, configuration);
  return { serving, configFile };
}

/** The sandbox class of the deployment's examples, with all that its scheduling may hold. */
export async function createUntrustedClass(cluster: Cluster): Promise<void> {
  await cluster.api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'untrusted' },
    handler: 'kata-qemu-runtime-rs',
    overhead: { podFixed: { cpu: '250m', memory: '320Mi' } },
    scheduling: {
      nodeSelector: { 'katacontainers.io/kata-runtime': 'true' },
      tolerations: [{ key: 'sandbox', operator: 'Exists', effect: 'NoSchedule' }],
    },
  });
}

/** The path of a pod in the API. */
export function pathOf({ metadata }: PodObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

interface Parts {
  readonly cluster: Cluster;
  webhook: WebhookProcess;
  readonly serving: ServingCertificate;
  readonly configFile: string;
  readonly start: (port?: number) => Promise<WebhookProcess>;
  readonly installation: Omit<InstallOptions, 'probe'>;
}

function guarded(parts: Parts): GuardedCluster {
  const { cluster, installation } = parts;
  return {
    cluster,
    serving: parts.serving,
    get webhook() {
      return parts.webhook;
    },
    create: (object, options) =>
      cluster.api.request('POST', `/api/v1/namespaces/${object.metadata.namespace}/pods`, object, options),
    read: (object) => cluster.api.expect('GET', pathOf(object)),
    patch: (object, patch, { subresource, ...options } = {}) =>
      cluster.api.request('PATCH', `${pathOf(object)}${subresource === undefined ? '' : `/${subresource}`}`, patch, {
        contentType: 'application/merge-patch+json',
        ...options,
      }),
    recordOf: (object, fields) => recordOf(parts.webhook, object, fields),
    reinstall: (over, probe) => installWebhook(cluster, { ...installation, ...over, probe }),
    restart: async () => {
      parts.webhook = await parts.start(parts.webhook.port);
    },
    configure: (configuration) => writeConfiguration(parts.configFile, configuration),
    afterTest: (task) => {
      if (task.result?.state !== 'fail') return;
      writeFileSync(join(cluster.logsFolder, 'webhook.log'), parts.webhook.output());
      cluster.keepLogs();
    },
    stop: async () => {
      await parts.webhook.stop('SIGKILL');
      await cluster.stop();
    },
  };
}

function recordOf(webhook: WebhookProcess, { metadata }: PodObject, fields: Partial<WrittenRecord> = {}) {
  const { name, namespace } = metadata;
  const wanted = Object.entries({ webhook: 'validate', name, namespace, ...fields });
  return webhook.record(JSON.stringify(Object.fromEntries(wanted)), (record) =>
    wanted.every(([field, value]) => record[field as keyof WrittenRecord] === value),
  );
}

/** Both configurations are live: the one denies, the other patches. */
export async function isGuarded(cluster: Cluster): Promise<boolean> {
  const path = '/api/v1/namespaces/gitlab/pods';
  const violating = pod('probe', { spec: { hostPID: true } });
  if ((await cluster.api.request('POST', path, violating, { dryRun: true })).status !== 403) return false;
  const asking = pod('probe', { labels: { 'mount-fuse': 'true' } });
  const { body } = await cluster.api.request<PodObject>('POST', path, asking, { dryRun: true });
  return body.spec?.runtimeClassName === 'untrusted';
}

/** Writes the base configuration with what a test merges over it, never half. */
async function writeConfiguration(file: string, over: object): Promise<void> {
  await writeFile(`${file}.next`, stringify({ ...baseConfiguration, ...over }, { version: '1.1' }));
  await rename(`${file}.next`, file);
}
