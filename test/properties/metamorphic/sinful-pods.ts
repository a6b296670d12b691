import fc, { type GeneratorValue } from 'fast-check';
import { hardenedContainer, hardenedPod, maximalPod } from '../hardened.ts';
import { oraclePod } from '../oracle/arbitrary.ts';
import { type GeneratedPod, generatedPod } from '../pods.ts';
import { runs } from '../runs.ts';
import { wired } from './engine.ts';
import { sins } from './sins.ts';

const names = ['build', 'helper', 'svc-0'];
const commitment = fc.record({ sin: fc.constantFrom(...sins), container: fc.nat(9), variant: fc.nat(59) });

/**
 * Clean pods in which one thing was made wrong, or a few: where the only finding is lost, nothing else hides that.
 */
const sinfulPod: fc.Arbitrary<GeneratedPod> = fc
  .record({
    counts: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2), fc.nat(1)),
    commitments: fc.oneof(
      fc.array(commitment, { minLength: 1, maxLength: 1 }),
      fc.array(commitment, { minLength: 1, maxLength: 5 }),
    ),
  })
  .map(({ counts: [main, init, ephemeral], commitments }) => {
    const pod = hardenedPod(names.slice(0, main));
    const { spec } = pod;
    if (init > 0) spec.initContainers = ['init-0', 'init-1'].slice(0, init).map(hardenedContainer);
    if (ephemeral > 0) spec.ephemeralContainers = [hardenedContainer('debugger')];
    const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
    for (const { sin, container, variant } of commitments) {
      const chosen = all[container % all.length];
      if (chosen !== undefined) sin.commit(pod, chosen, variant);
    }
    return pod;
  });

/** A maximal pod in which everything is made wrong that can be wrong at once. */
export function sinfulEverywhere(): GeneratedPod {
  const pod = maximalPod();
  for (const container of [pod.spec.containers[0], pod.spec.initContainers?.[0]]) {
    if (container === undefined) continue;
    for (const sin of sins) for (const variant of [1, 2]) sin.commit(pod, container, variant);
  }
  return wired(pod);
}

/** Pods of all generators there are, as they come over the wire. */
export const anyPod: fc.Arbitrary<GeneratedPod> = fc
  .oneof(
    { weight: 4, arbitrary: sinfulPod },
    { weight: 2, arbitrary: oraclePod as unknown as fc.Arbitrary<GeneratedPod> },
    { weight: 1, arbitrary: generatedPod },
  )
  .map(wired);

/**
 * Clean pods in each of which so many sins are committed, so that together they have every sin there is, in two ways.
 * Sins that are listed next to each other, which may be about one field, are in different pods.
 */
function podsOfSins(together: number): readonly GeneratedPod[] {
  const many = Math.ceil(sins.length / together);
  return Array.from({ length: 2 * many }, (_, index) => {
    const pod = hardenedPod();
    const [container] = pod.spec.containers;
    const own = sins.filter((_sin, position) => position % many === index % many);
    for (const sin of own) if (container !== undefined) sin.commit(pod, container, index < many ? 0 : 1);
    return wired(pod);
  });
}

/** How many pods a property is held against. */
export interface Extent {
  /** Generated ones, times the factor of the run. */
  readonly usual: number;
  /** How many sins share a pod of those that have every sin, so that chance leaves none out; one where it is not said. */
  readonly together?: number;
}

/** Holds a property against generated pods, and against each sin. */
export function holdsForPods(
  { usual, together = 1 }: Extent,
  hold: (pod: GeneratedPod, draw: GeneratorValue) => void,
): void {
  fc.assert(
    fc.property(anyPod, fc.gen(), (pod, draw) => hold(pod, draw)),
    { numRuns: runs(usual) },
  );
  const pods = podsOfSins(together);
  const draws = fc.sample(fc.gen(), pods.length);
  for (const [index, pod] of pods.entries()) hold(pod, draws[index] as GeneratorValue);
}
