import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partNames } from '../../src/doctor/state.ts';
import { runProcess } from '../harness/processes.ts';
import { edit, type Fault, faults } from './doctor-faults.ts';
import { type DoctorScene, program, startDoctorScene } from './doctor-scene.ts';
import { accountKubeconfig } from './scan-process.ts';

let scene: DoctorScene;
beforeAll(async () => {
  scene = await startDoctorScene();
});
afterAll(() => scene?.stop());

/** Nothing is wrong, and nothing was left out but counters, of which there are none without a real replica. */
const healthy = { code: 0, ids: [], unread: ['usage'] };

async function findings() {
  const { code, ids, unread } = await scene.doctor();
  return { code, ids, unread };
}

test('an installation that the chart has made enforced is healthy', async () => {
  expect(await findings()).toEqual(healthy);
});

describe('finds what is planted, and is silent when it is mended', () => {
  test.each(faults)('$id: $name', async (fault) => {
    if (fault.needsStorage === true) await setFailurePolicy('Ignore');
    await fault.plant(scene);
    const found = await scene.doctor();
    const diagnosis = found.diagnoses.find(({ id }) => id === fault.id);
    expect(found.ids).toContain(fault.id);
    expect(diagnosis?.evidence).toEqual(expect.arrayContaining([expect.stringMatching(fault.evidence)]));
    expect(diagnosis?.severity === 'info').toBe(fault.isInfo === true);
    if (fault.needsStorage !== true) expect(found.code).toBe(fault.isInfo === true ? 0 : 1);
    await mend(fault, diagnosis?.command ?? null);
    if (fault.needsStorage === true) await setFailurePolicy('Fail');
    await scene.settle();
    expect(await findings()).toEqual(healthy);
    await fault.clean?.(scene);
  });
});

test('another port of the Service is no fault, and a webhook that leads past it is', async () => {
  await scene.upgrade('--set', 'service.port=8443');
  await scene.settle();
  expect(await findings()).toEqual(healthy);
  await edit('validate', '/clientConfig/service/port', 443)(scene);
  const { ids, diagnoses } = await scene.doctor();
  expect(ids).toEqual(['webhook-target']);
  await scene.shell(diagnoses[0]?.command ?? '');
  expect(await findings()).toEqual(healthy);
  await scene.upgrade('--set', 'service.port=443');
  await scene.settle();
  expect(await findings()).toEqual(healthy);
});

describe('with less than everything to be read', () => {
  test('deploy/doctor-rbac.yaml is enough for all but the Secret, and that is said', async () => {
    const rbac = fileURLToPath(new URL('../../deploy/doctor-rbac.yaml', import.meta.url));
    expect(await scene.cluster.kubectl(['apply', '-f', rbac])).toMatchObject({ code: 0 });
    const kubeconfig = await accountKubeconfig(scene.cluster, 'pratique', 'pratique-doctor');
    const { code, ids, notLookedAt } = await scene.doctor('--kubeconfig', kubeconfig);
    expect({ code, ids, unread: notLookedAt.map(({ part }) => part) }).toEqual({
      code: 2,
      ids: [],
      unread: ['served', 'usage'],
    });
    expect(notLookedAt[0]?.why).toContain('RBAC does not allow to get the Secret pratique/pratique-ca');
  });

  test('an account without rights is told so of each part, and of no fault', async () => {
    await scene.cluster.api.expect('POST', '/api/v1/namespaces/ci/serviceaccounts', { metadata: { name: 'nobody' } });
    const kubeconfig = await accountKubeconfig(scene.cluster, 'ci', 'nobody');
    const { code, ids, notLookedAt } = await scene.doctor('--kubeconfig', kubeconfig);
    expect({ code, ids }).toEqual({ code: 2, ids: [] });
    expect(notLookedAt.map(({ part }) => part).toSorted()).toEqual(Object.keys(partNames).toSorted());
    expect(notLookedAt.every(({ why }) => why.includes('deploy/doctor-rbac.yaml'))).toBe(true);
  });

  test('a cluster that does not answer is no report', async () => {
    const file = join(scene.cluster.folder, 'nowhere.kubeconfig');
    const text = await readFile(scene.cluster.kubeconfig, 'utf8');
    await writeFile(file, text.replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://127.0.0.1:1'));
    const { code, stdout, stderr } = await runProcess(process.execPath, [program, 'doctor', '--kubeconfig', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cannot be reached');
  });
});

test('text says the same', async () => {
  const own = [program, 'doctor', '--kubeconfig', scene.cluster.kubeconfig];
  const { code, stdout } = await runProcess(process.execPath, own);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('pratique/pratique: nothing wrong was found; 1 part not looked at');
  const elsewhere = await runProcess(process.execPath, [...own, '--name', 'other']);
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stdout).toContain('there is no Deployment other in the namespace pratique');
});

test('an installation by plain manifests that denies nothing yet is healthy', async () => {
  await scene.helm('uninstall', 'pratique', '--namespace', 'pratique');
  const manifests = fileURLToPath(new URL('../../deploy/install.yaml', import.meta.url));
  expect(await scene.cluster.kubectl(['apply', '-f', manifests])).toMatchObject({ code: 0 });
  await scene.settle();
  expect(await findings()).toEqual(healthy);
});

async function mend(fault: Fault, command: string | null): Promise<void> {
  if (fault.mend !== undefined) return fault.mend(scene);
  if (command === null) throw new Error('There is no command that mends it.');
  await scene.shell(command);
}

async function setFailurePolicy(value: string): Promise<void> {
  for (const webhook of ['validate', 'storage'] as const) await edit(webhook, '/failurePolicy', value)(scene);
}
