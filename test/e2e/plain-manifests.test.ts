import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import type { Rendered } from './chart.ts';
import { linkTools } from './doctor-scene.ts';

// What docs/install.md says of the installation without Helm, typed into a real cluster.

const repository = fileURLToPath(new URL('../../', import.meta.url));
const page = await readFile(join(repository, 'docs/install.md'), 'utf8');
const blocksOf = (heading: string) => {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
};
const [apply = '', enforce = '', net = ''] = blocksOf('With plain manifests');
const [, ownValues = ''] = /`(helm template [^`]+)`/.exec(page) ?? [];
const remove = blocksOf('Remove').at(-1) ?? '';

let cluster: Cluster;
let folder: TemporaryFolder;
let tools: string;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-manifests-');
  cluster = await startCluster({ controllerManager: true, log: () => undefined });
  tools = await linkTools(cluster);
  for (const name of ['charts', 'deploy']) await symlink(join(repository, name), join(folder.path, name));
  const enforced = { default: { mode: 'enforce' } };
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  await writeFile(join(folder.path, 'config.yaml'), stringify({ ...head, ...enforced }));
  const image = { repository: 'registry.test/pratique' };
  await writeFile(join(folder.path, 'my.yaml'), stringify({ config: enforced, failurePolicy: 'Fail', image }));
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') cluster?.keepLogs();
});
afterAll(async () => {
  await cluster?.stop();
  await folder?.remove();
});

async function type(commands: string): Promise<void> {
  const { code, stdout, stderr } = await runProcess('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: folder.path,
    env: { PATH: `${tools}:${process.env['PATH']}`, HOME: folder.path, KUBECONFIG: cluster.kubeconfig },
    timeoutMs: 120_000,
  });
  if (code !== 0) throw new Error(`${commands}${stderr}${stdout}`);
}

/** What is in force: of the configuration, the webhook and the net. */
async function state() {
  const read = (path: string) => cluster.api.expect<Rendered>('GET', path);
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const pod = (await read('/apis/apps/v1/namespaces/pratique/deployments/pratique'))['spec'].template.spec;
  const [{ configMap }] = pod.volumes;
  const configuration = await read(`/api/v1/namespaces/pratique/configmaps/${configMap.name}`);
  const [validate] = (await read(`${admission}/validatingwebhookconfigurations/pratique`))['webhooks'];
  const policy = await read(`${admission}/validatingadmissionpolicies/pratique-safety-net`);
  return {
    mode: parse(configuration['data']['config.yaml']).default.mode,
    failurePolicy: validate.failurePolicy,
    netIsEmpty:
      policy['spec'].matchConditions[0].expression === "((request.namespace == 'kube-system') ? -1 : -1) >= 0",
    image: pod.containers[0].image.split(':')[0].toLowerCase(),
  };
}

const image = 'your.registry/pratique';
const first = { mode: 'audit', failurePolicy: 'Ignore', netIsEmpty: true, image };
const second = { mode: 'enforce', failurePolicy: 'Fail', netIsEmpty: false, image };

test('the first command records and denies nothing, and those below it enforce', async () => {
  await type(apply);
  expect(await state()).toEqual(first);
  await type(enforce + net);
  expect(await state()).toEqual(second);
});

test('the file of the next version undoes that, until what enforced is repeated', async () => {
  await type(apply);
  expect(await state()).toEqual(first);
  await type(enforce.replace(/^.* create configmap .*\n/m, '') + net);
  expect(await state()).toEqual(second);
});

test('values of one’s own, rendered, enforce again and again', async () => {
  const own = { ...second, image: 'registry.test/pratique' };
  for (let turn = 0; turn < 2; turn += 1) {
    await type(ownValues);
    expect(await state()).toEqual(own);
  }
});

test('the last commands remove it whole', async () => {
  await type(remove);
  const wide = 'clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations';
  const policies = 'validatingadmissionpolicies,validatingadmissionpolicybindings,namespaces';
  const { stdout } = await cluster.kubectl(['get', '--output=name', `${wide},${policies}`]);
  expect(stdout).toContain('namespace/kube-system');
  expect(stdout.split('\n').filter((name) => name.includes('pratique'))).toEqual([]);
});
