import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { policyResources } from '../../src/migrate/live.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { kyvernoProgram, policies, runMigrate } from './migrate-statements.ts';
import { accountKubeconfig } from './scan-process.ts';

const rbac = fileURLToPath(new URL('../../deploy/migrate-rbac.yaml', import.meta.url));

let cluster: Cluster;
let kyverno: string;
let account: string;
beforeAll(async () => {
  kyverno = await kyvernoProgram();
  cluster = await startCluster({ serviceAccounts: 'default' });
  await cluster.createNamespace('pratique');
  await cluster.createNamespace('gitlab');
  await applied(await readFile(rbac, 'utf8'));
  account = await accountKubeconfig(cluster, 'pratique', 'pratique-migrate');
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') cluster.keepLogs();
});
afterAll(() => cluster?.stop());

async function applied(input: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { input });
  if (code !== 0) throw new Error(stderr);
}

/** A kind of Kyverno's with no more form than that it has a spec. */
function definition({ group, versions, name, kind, namespaced }: (typeof policyResources)[number], version: string) {
  expect(versions).toContain(version);
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural: name, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

async function serve(kind: string, version: string): Promise<void> {
  const resource = policyResources.find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(`${kind} is not read`);
  await applied(JSON.stringify(definition(resource, version)));
  const wait = ['wait', '--for=condition=Established', '--timeout=60s', `crd/${resource.name}.${resource.group}`];
  const { code, stderr } = await cluster.kubectl(wait);
  if (code !== 0) throw new Error(stderr);
}

const live = (...args: readonly string[]) =>
  runMigrate(cluster.folder, ['--live', '--kubeconfig', account, '--kyverno', kyverno, '--format', 'json', ...args]);

test('a cluster without Kyverno has no policy', async () => {
  expect(await live()).toMatchObject({ code: 2, stdout: '', stderr: "the cluster: no policy of Kyverno's\n" });
});

test('policies of every served kind and version are read with the rights of deploy/migrate-rbac.yaml', async () => {
  await serve('Policy', 'v1');
  await serve('ClusterPolicy', 'v2beta1');
  await serve('ValidatingPolicy', 'v1');
  await serve('GeneratingPolicy', 'v1beta1');
  const file = (name: string) => readFile(join(policies, `${name}.yaml`), 'utf8');
  await applied(await file('article-fuse'));
  await applied(await file('namespace-selector'));
  await applied(await file('validating-policy'));
  const generating = {
    apiVersion: 'policies.kyverno.io/v1beta1',
    kind: 'GeneratingPolicy',
    metadata: { name: 'makes' },
    spec: {},
  };
  await applied(JSON.stringify(generating));
  const { code, stderr, json, configuration } = await live();
  expect([code, stderr]).toEqual([1, '']);
  expect(json().rules.map(({ kind, policy, verdict }) => [kind, policy, verdict])).toEqual([
    ['ClusterPolicy', 'procmount', 'equal'],
    ['Policy', 'gitlab/add-fuse-device', 'stricter'],
    ['ValidatingPolicy', 'host', 'equal'],
    ['ValidatingPolicy', 'host', 'equal'],
    ['GeneratingPolicy', 'makes', 'left'],
  ]);
  expect(configuration).toContain('mount-fuse: "true"');
});

test('without the rights it says which are missing', async () => {
  await applied(
    JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace: 'pratique' } }),
  );
  const nobody = await accountKubeconfig(cluster, 'pratique', 'nobody');
  const { code, stderr } = await runMigrate(cluster.folder, ['--live', '--kubeconfig', nobody, '--kyverno', kyverno]);
  expect(code).toBe(2);
  expect(stderr).toContain(
    'clusterpolicies were not read: RBAC does not allow to list "clusterpolicies" of the API group kyverno.io (deploy/migrate-rbac.yaml)',
  );
});

test('a cluster that cannot be reached is an error', async () => {
  const { code, stderr } = await runMigrate(cluster.folder, [
    '--live',
    '--kubeconfig',
    join(cluster.folder, 'nowhere'),
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('nowhere cannot be read');
});
