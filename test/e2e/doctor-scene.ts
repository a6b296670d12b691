import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Examined } from '../../src/doctor/examine.ts';
import { createCa } from '../../src/tls/issue.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { ensureHelm, ensureKubernetesBinaries } from '../harness/binaries.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';
import { chart, helmIn } from './chart.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The paths of what the installation consists of. */
export const paths = {
  validating: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pratique',
  mutating: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pratique',
  deployment: '/apis/apps/v1/namespaces/pratique/deployments/pratique',
  service: '/api/v1/namespaces/pratique/services/pratique',
  slice: '/apis/discovery.k8s.io/v1/namespaces/pratique/endpointslices/pratique-1',
  node: '/api/v1/nodes/builder',
  runtimeClass: '/apis/node.k8s.io/v1/runtimeclasses/untrusted',
} as const;

/** What `pratique doctor --format json` answers. */
export interface DoctorRun extends Examined {
  readonly code: number | null;
  /** Of the diagnoses, each once. */
  readonly ids: readonly string[];
  /** The parts that were not looked at. */
  readonly unread: readonly string[];
}

/** A cluster with an installation that the chart made, with what controllers and nodes would do done by hand. */
export interface DoctorScene {
  readonly cluster: Cluster;
  helm(...args: readonly string[]): Promise<string>;
  /** `helm upgrade` with the values that are there and more. */
  upgrade(...args: readonly string[]): Promise<void>;
  /** What runs in a real cluster: the status of the Deployment, and the caBundles that a replica sets. */
  settle(): Promise<void>;
  patch(path: string, operations: readonly object[]): Promise<void>;
  merge(path: string, change: object): Promise<void>;
  /** Runs a printed command in a shell, as whoever reads it would. */
  shell(command: string): Promise<void>;
  doctor(...args: readonly string[]): Promise<DoctorRun>;
  stop(): Promise<void>;
}

const release = ['pratique', chart, '--namespace', 'pratique'];
const values = [
  'image.repository=registry.test/pratique',
  'failurePolicy=Fail',
  'config.default.mode=enforce',
  'config.mountFuse.namespaces={ci}',
];

/** Installs the chart enforced, in a cluster in which nothing is wrong. */
export async function startDoctorScene(): Promise<DoctorScene> {
  const cluster = await startCluster({ log: () => undefined });
  const { certificate } = await createCa(Date.now(), 1825 * 86_400_000);
  for (const name of ['ci', 'agents']) await cluster.createNamespace(name);
  const { api } = cluster;
  const helm = (...args: readonly string[]) => helmIn(cluster, args);
  const scene = sceneOf(cluster, certificate.pem, helm, await linkTools(cluster));
  await api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass('kata-qemu'));
  await api.expect('POST', '/api/v1/nodes', { metadata: { name: 'builder', labels: { sandbox: 'kata' } } });
  await scene.merge(`${paths.node}/status`, { status: { allocatable: { 'squat.ai/fuse': '20' } } });
  await helm(
    'install',
    ...release,
    '--create-namespace',
    ...values.flatMap((value) => ['--set', value]),
    ...exempting(),
  );
  await api.expect('POST', '/api/v1/namespaces/pratique/secrets', {
    metadata: { name: 'pratique-ca' },
    data: { 'ca.crt': base64(certificate.pem) },
  });
  await api.expect('POST', paths.slice.replace(/\/[^/]+$/, ''), {
    metadata: { name: 'pratique-1', labels: { 'kubernetes.io/service-name': 'pratique' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      { addresses: ['192.0.2.10'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'pratique-0' } },
    ],
  });
  await scene.settle();
  return scene;
}

/** Arguments of Helm for the one exemption, with something else in it. */
export function exempting(more: object = {}): readonly string[] {
  const exemption = {
    name: 'agent',
    namespaces: ['agents'],
    allow: { 'host-pid': true },
    owner: 'platform',
    reason: 'reads processes',
    expires: '2099-01-01',
    ...more,
  };
  return ['--set-json', `config.exemptions=${JSON.stringify([exemption])}`];
}

/** The class that the mutation sets. */
export function runtimeClass(handler: string, more: object = {}): ApiObject {
  return {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'untrusted' },
    handler,
    ...more,
  };
}

/** As a caBundle and the data of a Secret want it. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function sceneOf(cluster: Cluster, authority: string, helm: DoctorScene['helm'], tools: string): DoctorScene {
  const { api } = cluster;
  const merge: DoctorScene['merge'] = async (path, change) => {
    await api.expect('PATCH', path, change, { contentType: 'application/merge-patch+json' });
  };
  const patch: DoctorScene['patch'] = async (path, operations) => {
    await api.expect('PATCH', path, operations, { contentType: 'application/json-patch+json' });
  };
  return {
    cluster,
    helm,
    merge,
    patch,
    async upgrade(...args) {
      await helm('upgrade', ...release, '--reset-then-reuse-values', '--force-conflicts', ...args);
      await setStatus(cluster, merge);
    },
    async settle() {
      await setStatus(cluster, merge);
      for (const path of [paths.validating, paths.mutating]) await setBundles(cluster, patch, path, authority);
    },
    async shell(command) {
      const line = command.replace(' CHART ', ` ${chart} `);
      const { code, stdout, stderr } = await runProcess('sh', ['-ec', `PATH="${tools}:$PATH"\n${line}`], {
        env: { ...process.env, HOME: cluster.folder, KUBECONFIG: cluster.kubeconfig },
      });
      if (code !== 0) throw new Error(`${line}: ${stderr}${stdout}`);
    },
    async doctor(...args) {
      const who = args.includes('--kubeconfig') ? [] : ['--kubeconfig', cluster.kubeconfig];
      const own = [program, 'doctor', '--format', 'json', ...who, ...args];
      const { code, stdout, stderr } = await runProcess(process.execPath, own, { timeoutMs: 60_000 });
      if (stdout === '') throw new Error(`pratique doctor: ${stderr}`);
      const examined = JSON.parse(stdout) as Examined;
      return {
        ...examined,
        code,
        ids: [...new Set(examined.diagnoses.map(({ id }) => id))],
        unread: examined.notLookedAt.map(({ part }) => part),
      };
    },
    stop: () => cluster.stop(),
  };
}

/** Makes a folder with kubectl, helm and the program, for PATH. */
export async function linkTools(cluster: Cluster): Promise<string> {
  const folder = join(cluster.folder, 'tools');
  const options = { log: () => undefined };
  const [kubernetes, helm] = await Promise.all([ensureKubernetesBinaries(options), ensureHelm(options)]);
  await mkdir(folder);
  await symlink(kubernetes.path('kubectl'), join(folder, 'kubectl'));
  await symlink(helm.path('helm'), join(folder, 'helm'));
  const own = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  await writeFile(join(folder, 'pratique'), own, { mode: 0o755 });
  return folder;
}

async function setStatus({ api }: Cluster, merge: DoctorScene['merge']): Promise<void> {
  const { status, body } = await api.request<ApiObject>('GET', paths.deployment);
  if (status !== 200) return;
  const { replicas } = body['spec'] as { readonly replicas: number };
  const observedGeneration = (body.metadata as { readonly generation: number }).generation;
  const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
  await merge(`${paths.deployment}/status`, { status: { ...counts, observedGeneration } });
}

async function setBundles({ api }: Cluster, patch: DoctorScene['patch'], path: string, pem: string): Promise<void> {
  const { status, body } = await api.request<ApiObject>('GET', path);
  if (status !== 200) return;
  const webhooks = body['webhooks'] as readonly object[];
  const operations = webhooks.map((_, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: base64(pem),
  }));
  await patch(path, operations);
}
