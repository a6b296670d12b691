import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import { createAuthority } from '../harness/certificates.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';
import { chart, helmIn, objectsOf, type Rendered } from './chart.ts';

const image = 'image.repository=registry.test/pratique';
const enforced = ['--set', `${image},config.default.mode=enforce,failurePolicy=Fail`];
const release = ['pratique', chart, '--namespace', 'pratique'];
const validating = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pratique';
const mutating = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pratique';

interface Webhooks extends ApiObject {
  readonly webhooks: readonly {
    readonly name: string;
    readonly failurePolicy: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

let cluster: Cluster;
let caBundle: string;
beforeAll(async () => {
  caBundle = Buffer.from((await createAuthority()).cert, 'utf8').toString('base64');
  cluster = await startCluster({ log: () => undefined });
});
afterAll(() => cluster?.stop());

const helm = (...args: readonly string[]) => helmIn(cluster, args);
const read = <T>(path: string) => cluster.api.expect<T>('GET', path);

/** The configurations that are there: name → text. */
async function configurations(): Promise<Readonly<Record<string, string>>> {
  const path = '/api/v1/namespaces/pratique/configmaps';
  const { items } = await read<{ readonly items: readonly Rendered[] }>(path);
  const ours = items.filter(({ metadata }) => metadata.name.startsWith('pratique-config-'));
  return Object.fromEntries(ours.map(({ metadata, ['data']: data }) => [metadata.name, data['config.yaml']]));
}

/** The text of the configuration that new pods get. */
async function mounted(): Promise<string | undefined> {
  const deployment = await read<Rendered>('/apis/apps/v1/namespaces/pratique/deployments/pratique');
  return (await configurations())[deployment['spec'].template.spec.volumes[0].configMap.name];
}

const noDifference = { code: 0, signal: null, stdout: '', stderr: '' };

const pathsOf = (name: string) =>
  [validating, mutating].map((path) => path.replace(/pratique$/, name)) as [string, string];

/** Sets `caBundle` as the webhook does. */
async function setBundles(name: string): Promise<void> {
  for (const path of pathsOf(name)) {
    const { metadata, webhooks } = await read<Webhooks>(path);
    const patch = [
      { op: 'replace', path: '/metadata/resourceVersion', value: metadata?.resourceVersion },
      ...webhooks.map((_, index) => ({ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle })),
    ];
    const options = { contentType: 'application/json-patch+json', query: { fieldManager: 'pratique-tls' } };
    await cluster.api.expect('PATCH', path, patch, options);
  }
}

async function bundlesOf(name: string): Promise<readonly (string | undefined)[]> {
  const all = await Promise.all(pathsOf(name).map((path) => read<Webhooks>(path)));
  return all.flatMap(({ webhooks }) => webhooks.map(({ clientConfig }) => clientConfig.caBundle));
}

test('one command installs it enforced', async () => {
  const output = await helm('install', ...release, '--create-namespace', ...enforced);
  expect(output).toContain('default mode enforce, failurePolicy Fail');
  const { webhooks } = await read<Webhooks>(validating);
  expect(webhooks.map(({ name, failurePolicy }) => [name, failurePolicy])).toEqual([
    ['validate.pratique.dev', 'Fail'],
    ['observe.pratique.dev', 'Ignore'],
    ['templates.pratique.dev', 'Ignore'],
    ['storage.pratique.dev', 'Fail'],
  ]);
  expect(await mounted()).toContain('mode: enforce');
});

test('Helm leaves the caBundle that the webhook has set, and sees no difference', async () => {
  await setBundles('pratique');
  const before = await Promise.all([read<Webhooks>(validating), read<Webhooks>(mutating)]);
  const text = await helm('template', ...release, ...enforced, '--no-hooks');
  expect(await cluster.kubectl(['diff', '-f', '-'], { input: text })).toEqual(noDifference);
  await helm('upgrade', ...release, ...enforced);
  expect(await bundlesOf('pratique')).toEqual([caBundle, caBundle, caBundle, caBundle, caBundle]);
  const after = await Promise.all([read<Webhooks>(validating), read<Webhooks>(mutating)]);
  expect(after.map(({ metadata }) => metadata?.resourceVersion)).toEqual(
    before.map(({ metadata }) => metadata?.resourceVersion),
  );
});

test('Argo CD, which applies what Helm renders, sees no difference either', async () => {
  await cluster.createNamespace('argo');
  const text = await helm('template', 'pratique-argo', chart, '--namespace', 'argo');
  const asArgo = ['--server-side', '--field-manager=argocd-controller', '-f', '-'];
  expect(await cluster.kubectl(['apply', ...asArgo], { input: text })).toMatchObject({ code: 0 });
  await setBundles('pratique-argo');
  for (const args of [asArgo, ['-f', '-']]) {
    expect(await cluster.kubectl(['diff', ...args], { input: text })).toEqual(noDifference);
  }
  expect(await cluster.kubectl(['apply', ...asArgo], { input: text })).toMatchObject({ code: 0 });
  expect(await bundlesOf('pratique-argo')).toEqual([caBundle, caBundle, caBundle, caBundle, caBundle]);
  const { stdout } = await cluster.kubectl(['delete', '-f', '-'], { input: text });
  expect(stdout).toContain('"pratique-argo" deleted');
});

test('an upgrade makes a new configuration beside the old one', async () => {
  const old = await configurations();
  await helm('upgrade', ...release, '--reset-then-reuse-values', '--set', 'config.default.mode=warn');
  expect(Object.keys(await configurations())).toHaveLength(2);
  expect(await configurations()).toMatchObject(old);
  expect(await mounted()).toContain('mode: warn');
});

test('a rollback finds the configuration that is still there', async () => {
  await helm('rollback', 'pratique', '1', '--namespace', 'pratique');
  expect(await mounted()).toContain('mode: enforce');
  expect(Object.keys(await configurations())).toHaveLength(2);
  await helm('upgrade', ...release, '--reset-then-reuse-values', '--set', 'config.default.mode=warn');
  expect(await mounted()).toContain('mode: warn');
  await helm('rollback', 'pratique', '--namespace', 'pratique');
  expect(await mounted()).toContain('mode: enforce');
});

test('the emergency command of the notes switches it off, and an upgrade on again', async () => {
  const notes = await helm('get', 'notes', 'pratique', '--namespace', 'pratique');
  const command = notes.match(/^ {2}kubectl (delete .*)$/m)?.[1]?.split(' ') ?? [];
  expect(await cluster.kubectl(command)).toMatchObject({ code: 0 });
  for (const path of [validating, mutating]) expect((await cluster.api.request('GET', path)).status).toBe(404);
  await helm('upgrade', ...release, '--reset-then-reuse-values');
  for (const path of [validating, mutating]) expect((await cluster.api.request('GET', path)).status).toBe(200);
});

test('the command of the notes lists the namespaces of node agents that are not excluded', async () => {
  const agents = [
    { namespace: 'calico-system', spec: { hostNetwork: true } },
    { namespace: 'csi', spec: { priorityClassName: 'system-node-critical' } },
    { namespace: 'logs', spec: { priorityClassName: 'high' } },
    { namespace: 'plain', spec: {} },
    { namespace: 'kube-system', spec: { hostNetwork: true } },
  ];
  await helm('upgrade', ...release, '--set', 'webhook.bootstrapNamespaces={csi-other}');
  for (const { namespace, spec } of agents) {
    if (namespace !== 'kube-system') await cluster.createNamespace(namespace);
    const labels = { app: 'agent' };
    const containers = [{ name: 'agent', image: 'registry.example/agent:1' }];
    await cluster.api.expect('POST', `/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { ...spec, containers } } },
    });
  }
  const listed = async () => {
    const notes = await helm('get', 'notes', 'pratique', '--namespace', 'pratique');
    const [, go = '', spared = ''] = /go-template='([^']+)' \| sort -u \| grep -vxE '([^']+)'$/m.exec(notes) ?? [];
    const { stdout } = await cluster.kubectl([
      'get',
      'daemonsets',
      '--all-namespaces',
      '--output',
      `go-template=${go}`,
    ]);
    const rest = 'sort -u | grep -vxE "$0" || true';
    return (await runProcess('sh', ['-c', rest, spared], { input: stdout })).stdout.trim().split('\n');
  };
  expect(await listed()).toEqual(['calico-system', 'csi']);
  await helm('upgrade', ...release, '--set', 'webhook.bootstrapNamespaces={csi}');
  expect(await listed()).toEqual(['calico-system']);
});

test('an uninstallation leaves the configurations, and a new installation takes them', async () => {
  const kept = await configurations();
  const manifest = await helm('get', 'manifest', 'pratique', '--namespace', 'pratique');
  await helm('uninstall', 'pratique', '--namespace', 'pratique');
  expect(await configurations()).toEqual(kept);
  const left = await cluster.kubectl(['get', '--ignore-not-found', '--output=name', '-f', '-'], { input: manifest });
  expect({ code: left.code, names: left.stdout.trim().split('\n') }).toEqual({
    code: 0,
    names: [expect.stringMatching(/^configmap\/pratique-config-/)],
  });
  expect(objectsOf(manifest).length).toBeGreaterThan(10);
  await helm('install', ...release, ...enforced);
  expect(await mounted()).toContain('mode: enforce');
});

test('a change to a certificate of somebody else takes the caBundle from the replicas by force, and gives it back', async () => {
  await setBundles('pratique');
  const file = join(cluster.folder, 'other-ca.pem');
  await writeFile(file, (await createAuthority()).cert);
  const other = (await readFile(file)).toString('base64');
  const existing = ['--set', 'tls.mode=existingSecret,tls.existingSecret.name=serving'];
  const changed = [...release, ...enforced, ...existing, '--set-file', `tls.existingSecret.caBundle=${file}`];
  await expect(helm('upgrade', ...changed)).rejects.toThrow('conflict with "pratique-tls"');
  await helm('upgrade', ...changed, '--force-conflicts');
  expect(new Set(await bundlesOf('pratique'))).toEqual(new Set([other]));
  await helm('upgrade', ...release, ...enforced);
  expect(new Set(await bundlesOf('pratique'))).toEqual(new Set([undefined]));
});

test('the commands of the page remove it whole', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/install.md'), 'utf8');
  const [, section = ''] = page.split('\n## Remove\n');
  const [, uninstall = '', ...deletes] = /```sh\nhelm (.*)\nkubectl (.*)\nkubectl (.*)\n```/.exec(section) ?? [];
  const data = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pratique-ca' } };
  await cluster.api.expect('POST', '/api/v1/namespaces/pratique/secrets', data);
  await helm(...uninstall.split(' '));
  for (const command of deletes) expect(await cluster.kubectl(command.split(' '))).toMatchObject({ code: 0 });
  const kinds = 'configmaps,secrets,deployments,services,serviceaccounts,roles,rolebindings,cronjobs,networkpolicies';
  const left = await cluster.kubectl(['get', '--namespace=pratique', '--output=name', kinds]);
  expect(left.stdout.split('\n').filter((name) => name.includes('pratique'))).toEqual([]);
  const wide = 'clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations';
  const everywhere = await cluster.kubectl(['get', '--output=name', wide]);
  expect(everywhere.stdout.split('\n').filter((name) => name.includes('pratique'))).toEqual([]);
});
