import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chart } from './chart.ts';
import { deniedBy } from './guarded-cluster.ts';
import { type InstalledCluster, release, startInstalledCluster } from './installed-cluster.ts';
import { pod, privileged } from './pods.ts';

let scene: InstalledCluster;
beforeAll(async () => {
  scene = await startInstalledCluster();
});
afterEach(({ task }) => scene?.afterTest(task));
afterAll(() => scene?.stop());

test('one command leads to the first denied pod', async () => {
  await scene.install('config.default.mode=enforce,failurePolicy=Fail');
  const create = (name: string, container: Readonly<Record<string, unknown>>) =>
    scene.cluster.api.request(
      'POST',
      '/api/v1/namespaces/default/pods',
      pod(name, { namespace: 'default', container }),
    );
  const denied = await create('first', privileged);
  expect(denied.status).toBe(403);
  expect(denied.body.message?.slice(0, deniedBy.length + 13)).toBe(`${deniedBy}[privileged] `);
  expect(await create('second', {})).toMatchObject({ status: 201 });
});

const testPod = `${release}-test-denial`;
test('helm test runs its pod, which finds the denial', async () => {
  const output = await scene.helm('test', release, '--timeout', '2m');
  expect(output).toMatch(/^Phase: +Succeeded$/m);
  const [run, ...others] = scene.kubelet.pods().filter(({ name }) => name === testPod);
  expect(others).toEqual([]);
  expect(run?.lines).toEqual([expect.stringMatching(/^Denied in default, as it should be: .*privileged/)]);
});

test('helm test fails where nothing is denied', async () => {
  const old = scene.replicas();
  const values = 'config.default.mode=audit,helmTest.namespace=default';
  await scene.helm('upgrade', release, chart, '--reset-then-reuse-values', '--wait', '--set', values);
  await Promise.all(old.map(({ ended }) => ended)); // they go on answering while they end
  await expect(scene.helm('test', release, '--timeout', '2m')).rejects.toThrow(/failed/i);
  const run = scene.kubelet.pods().findLast(({ name }) => name === testPod);
  expect(run?.lines.join('\n')).toContain('It was allowed.');
  const { stdout } = await scene.cluster.kubectl([
    'get',
    'pod',
    testPod,
    '-n',
    release,
    '-o',
    'jsonpath={.status.phase}',
  ]);
  expect(stdout.trim()).toBe('Failed');
});
