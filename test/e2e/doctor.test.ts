import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, faults } from './doctor-faults.ts';
import { type DoctorScene, startDoctorScene } from './doctor-scene.ts';

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
  });
});

async function mend(fault: Fault, command: string | null): Promise<void> {
  if (fault.mend !== undefined) return fault.mend(scene);
  if (command === null) throw new Error('There is no command that mends it.');
  await scene.shell(command);
}

async function setFailurePolicy(value: string): Promise<void> {
  for (const webhook of ['validate', 'storage'] as const) await edit(webhook, '/failurePolicy', value)(scene);
}
