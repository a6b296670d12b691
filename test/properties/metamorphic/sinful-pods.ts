import fc from 'fast-check';
import { hardenedContainer, hardenedPod, maximalPod } from '../hardened.ts';
import { oraclePod } from '../oracle/arbitrary.ts';
import { type GeneratedPod, generatedPod } from '../pods.ts';
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
  return JSON.parse(JSON.stringify(pod)) as GeneratedPod;
}

/** Pods of all generators there are, as they come over the wire. */
export const anyPod: fc.Arbitrary<GeneratedPod> = fc
  .oneof(
    { weight: 4, arbitrary: sinfulPod },
    { weight: 2, arbitrary: oraclePod as unknown as fc.Arbitrary<GeneratedPod> },
    { weight: 1, arbitrary: generatedPod },
  )
  .map((pod) => JSON.parse(JSON.stringify(pod)) as GeneratedPod);
