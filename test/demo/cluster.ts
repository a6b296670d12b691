import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority, issueServingCertificate } from '../harness/certificates.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { installWebhook } from '../harness/webhook-install.ts';
import { startWebhook, type WebhookProcess, type WrittenRecord } from '../harness/webhook-process.ts';
import { print, report, type Told } from './report.ts';
import type { DemoRun } from './run.ts';
import { type Pod, scenarios } from './scenarios.ts';

const manifestPath = fileURLToPath(new URL('../../deploy/webhooks.yaml', import.meta.url));

/**
 * Creates the demo's pods with kubectl on a real API server that calls the webhook by deploy/webhooks.yaml. Returns
 * whether all is well.
 */
export async function demoByCluster({ configFile, args, conclude }: DemoRun): Promise<boolean> {
  const cluster = await startCluster({ log: print });
  try {
    const authority = await createAuthority();
    const { certFile, keyFile } = await issueServingCertificate(authority, {
      folder: cluster.folder,
      service: 'pratique',
      namespace: 'pratique',
    });
    const webhook = await startWebhook({ configFile, certFile, keyFile, args, drain: '0s' });
    try {
      await prepare(cluster, webhook, authority.cert);
      let different = 0;
      for (const scenario of scenarios()) {
        if (!report(scenario, await create(cluster, webhook, scenario.pod))) different += 1;
      }
      return await conclude(different, webhook);
    } finally {
      await webhook.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function prepare(cluster: Cluster, webhook: WebhookProcess, caBundlePem: string): Promise<void> {
  await cluster.createNamespace('gitlab');
  await cluster.createNamespace('fuse-device-plugin');
  await cluster.api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'untrusted' },
    handler: 'kata-qemu-runtime-rs',
    overhead: { podFixed: { cpu: '250m', memory: '320Mi' } },
    scheduling: { nodeSelector: { 'katacontainers.io/kata-runtime': 'true' } },
  } as never);
  // The runner of one fixture asks for it.
  await cluster.api.expect('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'ci-low' },
    value: -10,
  });
  await installWebhook(cluster, { manifestPath, port: webhook.port, caBundlePem, probe: () => isCalled(cluster) });
  print(`cluster   kube-apiserver ${await version(cluster)}, webhook ${webhook.url}\n`);
}

async function isCalled(cluster: Cluster): Promise<boolean> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'gitlab' },
    spec: { hostPID: true, containers: [{ name: 'probe', image: 'registry.example.com/probe:1' }] },
  };
  const { status } = await cluster.api.request('POST', '/api/v1/namespaces/gitlab/pods', pod, { dryRun: true });
  return status === 403;
}

async function version(cluster: Cluster): Promise<string> {
  const { gitVersion } = await cluster.api.expect<{ gitVersion: string } & Record<string, unknown>>('GET', '/version');
  return gitVersion;
}

async function create(cluster: Cluster, webhook: WebhookProcess, pod: Pod): Promise<Told> {
  const file = join(cluster.folder, `${pod.metadata.name}.json`);
  await writeFile(file, JSON.stringify(pod));
  const result = await cluster.kubectl(['create', '-f', file]);
  const record = await webhook.record(`the validation of ${pod.metadata.name}`, (one) => isOf(one, pod));
  const mutation = webhook.records().find((one) => one['webhook'] === 'mutate' && isNamed(one, pod));
  const denied = result.code !== 0;
  const patched = (mutation?.['patch'] as { readonly paths: readonly string[] } | null | undefined)?.paths ?? [];
  return {
    verdict: denied ? 'denied' : patched.length > 0 ? 'patched' : 'admitted',
    decision: String(record['decision']),
    checks: denyingChecks(record),
    message: denied ? result.stderr.trim() : '',
    warnings: result.stderr.split('\n').filter((line) => line.startsWith('Warning:')),
    patch: denied ? [] : patched.map((path) => ({ op: 'add', path })),
    notes: denied ? [] : await stored(cluster, pod),
  };
}

function isOf(record: WrittenRecord, pod: Pod): boolean {
  return record['webhook'] === 'validate' && isNamed(record, pod);
}

function isNamed(record: WrittenRecord, pod: Pod): boolean {
  return record['name'] === pod.metadata.name && record['namespace'] === pod.metadata.namespace;
}

function denyingChecks(record: WrittenRecord): readonly string[] {
  const judgements = record['judgements'] as readonly { readonly check: string; readonly outcome: string }[];
  return [...new Set(judgements.filter(({ outcome }) => outcome === 'deny').map(({ check }) => check))].toSorted();
}

/** What the API server made of the pod: the class's overhead and node selector come from its RuntimeClass plugin. */
async function stored(cluster: Cluster, { metadata }: Pod): Promise<readonly string[]> {
  const { spec } = await cluster.api.expect<{ spec: Record<string, unknown> & { containers: readonly Container[] } }>(
    'GET',
    `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`,
  );
  if (spec['runtimeClassName'] === undefined) return ['stored   as it was sent'];
  return [
    `stored   runtimeClassName ${spec['runtimeClassName']}, overhead ${JSON.stringify(spec['overhead'])}, nodeSelector ${JSON.stringify(spec['nodeSelector'])}`,
    ...spec.containers.map(
      ({ name, resources }) => `stored   container ${name} resources ${JSON.stringify(resources)}`,
    ),
  ];
}

interface Container {
  readonly name: string;
  readonly resources: unknown;
}
