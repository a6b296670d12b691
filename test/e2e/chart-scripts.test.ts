import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import { runProcess } from '../harness/processes.ts';
import { type Rendered, render } from './chart.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';

let guard: GuardedCluster;
let objects: readonly Rendered[];
beforeAll(async () => {
  guard = await startGuardedCluster({
    namespaces: ['recorded'],
    configuration: { namespaces: [{ match: ['recorded'], mode: 'audit' }] },
  });
  objects = await render(['--set', 'helmTest.namespace=gitlab']);
});
afterEach(({ task }) => guard?.afterTest(task));
afterAll(() => guard?.stop());

interface ContainerOf {
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** Runs a container's command as a process, with a token of its service account. */
async function runAs(account: string, container: ContainerOf, env: Readonly<Record<string, string>> = {}) {
  const { api, admin, folder } = guard.cluster;
  const path = `/api/v1/namespaces/pratique/serviceaccounts/${account}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = await api.expect<ApiObject & { status: { token: string } }>('POST', path, request);
  const mounted = join(folder, account);
  await mkdir(mounted, { recursive: true });
  await writeFile(join(mounted, 'token'), status.token);
  await writeFile(join(mounted, 'ca.crt'), admin.ca);
  const { hostname, port } = new URL(admin.url);
  const [program, ...options] = container.command;
  expect(program).toBe('node');
  return runProcess(process.execPath, [...options, ...container.args], {
    env: {
      SERVICE_ACCOUNT_FOLDER: mounted,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
      ...env,
    },
  });
}

async function apply(wanted: readonly Rendered[]): Promise<void> {
  const input = wanted.map((object) => JSON.stringify(object)).join('\n---\n');
  const result = await guard.cluster.kubectl(['apply', '-f', '-'], { input });
  expect(result).toMatchObject({ code: 0 });
}

const component = (name: string) =>
  objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === name);

describe('helm test', () => {
  const account = 'pratique-test-denial';
  const container = (): ContainerOf => component('test').find(({ kind }) => kind === 'Pod')?.['spec'].containers[0];
  beforeAll(() => apply(component('test').filter(({ kind }) => kind !== 'Pod')));

  test('finds the docker-in-docker pod denied in an enforced namespace', async () => {
    const { code, stdout, stderr } = await runAs(account, container());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Denied in gitlab, as it should be: .*privileged/);
    expect((await guard.cluster.api.request('GET', '/api/v1/namespaces/gitlab/pods')).body).toMatchObject({
      items: [],
    });
  });

  test('fails where the pod is only recorded', async () => {
    const role = component('test').filter(({ kind }) => kind.startsWith('Role'));
    await apply(role.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: 'recorded' } })));
    const { code, stderr } = await runAs(account, container(), { NAMESPACE: 'recorded' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('It was allowed.') });
  });

  test('fails where something else refuses the pod', async () => {
    const { code, stderr } = await runAs(account, container(), { NAMESPACE: 'kube-system' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Something else refused it: 403') });
  });
});

describe('the history of configurations', () => {
  const account = 'pratique-config-history';
  const jobOf = () => component('config-history').find(({ kind }) => kind === 'CronJob')?.['spec'].jobTemplate.spec;
  const container = (): ContainerOf => jobOf().template.spec.containers[0];
  const names = async () => {
    const { items } = await guard.cluster.api.expect<{ readonly items: readonly Rendered[] }>(
      'GET',
      '/api/v1/namespaces/pratique/configmaps',
    );
    return items.map(({ metadata }) => metadata.name).sort();
  };

  test('keeps the newest three, what a ReplicaSet names, and what is not its own', async () => {
    const configuration = objects.find(({ immutable }) => immutable === true);
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    if (configuration === undefined || deployment === undefined) throw new Error('Nothing was rendered.');
    await apply(component('config-history').filter(({ kind }) => kind !== 'CronJob'));
    const named = (name: string) => ({ ...configuration, metadata: { ...configuration.metadata, name } });
    for (const name of ['config-a', 'config-b', 'config-c', 'config-d', 'config-e']) {
      await apply([named(name)]);
      await delay(1_100); // creation times are whole seconds
    }
    const foreign = { instance: 'other', component: 'configuration', name: 'pratique' };
    const labels = Object.fromEntries(Object.entries(foreign).map(([key, text]) => [`app.kubernetes.io/${key}`, text]));
    await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'pratique', labels } }]);
    const { selector, template } = deployment['spec'];
    const volumes = [{ name: 'config', configMap: { name: 'config-a' } }];
    await apply([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: 'old', namespace: 'pratique', labels: template.metadata.labels },
        spec: {
          replicas: 0,
          selector,
          template: { ...template, spec: { ...template.spec, volumes, containers: [bare] } },
        },
      },
    ]);
    expect(await runAs(account, container())).toMatchObject({ code: 0, stdout: 'config-b deleted\n', stderr: '' });
    expect(await names()).toEqual(['config-a', 'config-c', 'config-d', 'config-e', 'other']);
    expect(await runAs(account, container())).toMatchObject({ code: 0, stdout: '' });
    expect(await runAs(account, container(), { LIMIT: '1' })).toMatchObject({ code: 0, stderr: '' });
    expect(await names()).toEqual(['config-a', 'config-e', 'other']);
  });

  test('says what it may not do', async () => {
    const { code, stderr } = await runAs(account, container(), { NAMESPACE: 'gitlab' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/GET .*configmaps.*: 403 /) });
  });
});

const bare = { name: 'webhook', image: 'registry.example/pratique:1' };
