import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCaCertificates } from '../../src/tls/ca-document.ts';
import { runs } from './runs.ts';
import { type Simulation, type Step, simulatedTimes, simulation } from './tls-simulation.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const replicas = 3;

const replica = fc.nat({ max: replicas - 1 });
const go: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('go' as const),
  replica,
  fault: fc.constantFrom('none', 'none', 'none', 'none', 'before', 'after'),
});
const time: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('time' as const),
  ms: fc.constantFrom(1_000, minute, minute, 2 * minute, 6 * minute, day, 12 * day),
});
/** Within what a clock may be wrong by, and far beyond. */
const clock: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('clock' as const),
  replica,
  ms: fc.constantFrom(-20 * minute, 20 * minute, -2 * day, 400 * day),
});
const restart: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('restart' as const), replica });
type Nuisance = Extract<Step['kind'], 'rotate' | 'delete secret' | 'garbage' | 'wipe'>;
const gentle = fc.oneof({ weight: 20, arbitrary: go }, { weight: 5, arbitrary: time });
const harsh = (...kinds: readonly Nuisance[]) =>
  fc.array(
    fc.oneof(
      { weight: 20, arbitrary: go },
      { weight: 4, arbitrary: time },
      { weight: 1, arbitrary: clock },
      { weight: 1, arbitrary: restart },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom(...kinds) }) },
    ),
    { minLength: 20, maxLength: 120 },
  );
/** Not both at once: to a replica that starts just then, that is a first installation, and docs/tls.md says what it costs. */
const eitherLost = fc.oneof(harsh('rotate', 'wipe'), harsh('rotate', 'delete secret', 'garbage'));

const bundleSizes = ({ cluster }: Simulation) => cluster.bundles().map((bundle) => readCaCertificates(bundle).length);

async function run(steps: readonly Step[]): Promise<Simulation> {
  const world = simulation(replicas);
  await world.calm(2);
  for (const step of steps) {
    await world.take(step);
    expect(world.untrusted()).toEqual([]);
    expect(Math.max(...bundleSizes(world))).toBeLessThanOrEqual(3);
  }
  await world.calm();
  expect(world.untrusted()).toEqual([]);
  return world;
}

function expectAgreement(world: Simulation): void {
  const { cluster } = world;
  const bundle = cluster.secret()?.data['ca.crt'] ?? '';
  const [signing] = readCaCertificates(bundle);
  expect(new Set(cluster.bundles())).toEqual(new Set([bundle]));
  expect(new Set(world.leafCas())).toEqual(new Set([signing?.fingerprint]));
}

test('whatever the interleaving and the failures, every leaf is trusted by every API server through rotations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(gentle, { minLength: 40, maxLength: 160 }), async (steps) => {
      const world = await run([{ kind: 'rotate' }, ...steps]);
      expectAgreement(world);
      await world.take({ kind: 'time', ms: 29 * day });
      await world.take({ kind: 'time', ms: 29 * day });
      await world.take({ kind: 'time', ms: 29 * day });
      await world.calm(2);
      expect(new Set(bundleSizes(world))).toEqual(new Set([1]));
    }),
    { numRuns: runs(30) },
  );
});

test('so it is when Secrets are lost or caBundles wiped, clocks wrong and replicas restarted', async () => {
  await fc.assert(
    fc.asyncProperty(eitherLost, async (steps) => {
      expectAgreement(await run(steps));
    }),
    { numRuns: runs(30) },
  );
});

test('a rotation comes by itself before the CA expires, and is over soon after', async () => {
  const world = simulation(replicas);
  await world.calm();
  const first = world.leafCas()[0];
  for (let waited = 0; waited < simulatedTimes.caLifetime; waited += 12 * day) {
    await world.take({ kind: 'time', ms: 12 * day });
    await world.calm();
    expect(world.untrusted()).toEqual([]);
  }
  expectAgreement(world);
  expect(world.leafCas()[0]).not.toBe(first);
});
