import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutatedSubject } from '../../../src/admission/mutate.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { templatePath } from '../../../src/kubernetes/templates.ts';
import { podReview } from '../../harness/review.ts';
import { hardenedContainer, hardenedPod } from '../hardened.ts';
import type { GeneratedPod } from '../pods.ts';
import { answerTo, everything, findingsOf, isDenied, lost, newFindings, seen, strict, whole, wired } from './engine.ts';
import { addUnknown } from './padding.ts';
import { holdsForPods } from './sinful-pods.ts';
import { changeCase, mirror, respellPaths, wrap, wrapInShell } from './spelling.ts';
import { duplicate, move, rename, reorder } from './structure.ts';
import { count, emptyTally, expectBite } from './tally.ts';
import { type Workload, workloadOf, workloads } from './workloads.ts';

const exact = { likeness: whole, once: false };

function reviewOf(workload: Workload, pod: GeneratedPod) {
  const { group, version, kind, resource } = workload;
  const review = podReview({ namespace: 'gitlab', uid: 'a', object: workloadOf(workload, pod) });
  const request = {
    ...(review['request'] as object),
    kind: { group, version, kind },
    resource: { group, version, resource },
  };
  return { ...review, request };
}

describe('in a workload', () => {
  test.each(workloads)('of the kind $kind everything is found where it is, and denied', (workload) => {
    expect(templatePath(workload.group, workload.kind)).toEqual(workload.path);
    const prefix = `/${workload.path.join('/')}`;
    const tally = emptyTally();
    holdsForPods({ usual: 60 }, (pod) => {
      // The pods of a workload are judged as the mutation will leave them.
      const subject = podSubject(wired(pod), 'gitlab', 'template');
      const asItWillBe = mutatedSubject(subject, everything.fuse).pod;
      const wasDenied = isDenied(asItWillBe);
      const alone = newFindings(answerTo(podReview({ namespace: 'gitlab', object: asItWillBe }), everything));
      const inside = newFindings(answerTo(reviewOf(workload, pod), everything));
      count(tally, [pod, inside], alone.map(seen), wasDenied);
      expect(inside.map((one) => [one.pointer, ...whole(seen(one))])).toEqual(
        alone.map((one) => [`${prefix}${one.pointer}`, ...whole(seen(one))]),
      );
      expect(answerTo(reviewOf(workload, pod), strict).response.allowed).toBe(!wasDenied);
    });
    expectBite(tally, 0.9);
  });
});

describe('as the update of a clean pod', () => {
  const containersOf = ({ spec }: GeneratedPod) => [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  /** What the update is of: nothing like it; the same containers, unchanged besides; nothing that could be read. */
  const before: Readonly<Record<string, (pod: GeneratedPod) => unknown>> = {
    'that has nothing in common with it': () => hardenedPod(['other']),
    'that has the same containers and images': (pod) => ({
      ...hardenedPod([]),
      spec: {
        ...hardenedPod([]).spec,
        containers: containersOf(pod).map(({ name, image }) => ({ ...hardenedContainer(name), image })),
      },
    }),
    'that cannot be read': () => ({ spec: { containers: 'none' } }),
  };

  test.each(Object.entries(before))('%s, every pod shows all its findings', (_, oldOf) => {
    const tally = emptyTally();
    holdsForPods({ usual: 300 }, (pod) => {
      const old = oldOf(pod);
      const review = podReview({ namespace: 'gitlab', operation: 'UPDATE', object: pod, oldObject: old });
      const added = newFindings(answerTo(review, everything)).map(seen);
      const here = findingsOf(pod);
      // What is there before the update is found in it as well: an image that is on no list.
      const there = oldOf === before['that cannot be read'] ? [] : findingsOf(old);
      const expected = lost(here, there, exact);
      const wasDenied = isDenied(pod);
      count(tally, [pod, old], expected, wasDenied);
      expect(lost(expected, added, exact)).toEqual([]);
      if (wasDenied && expected.length === here.length) {
        expect(isDenied(pod, { operation: 'UPDATE', oldObject: old })).toBe(true);
      }
    });
    // An image that is the same as before is an old finding.
    expectBite(tally, 0.9, ['dind-image', 'engine-image']);
  });
});

describe('whatever is done to it, time and again', () => {
  const all = [reorder, rename, duplicate, move, addUnknown, respellPaths, changeCase, mirror, wrap, wrapInShell];

  test('a pod that was denied stays denied', () => {
    const tally = emptyTally();
    holdsForPods({ usual: 300 }, (pod, draw) => {
      const chosen = draw(fc.array, fc.constantFrom(...all), { minLength: 2, maxLength: 5 });
      const other = chosen.reduce((current, transform) => wired(transform(current, draw)), structuredClone(pod));
      const wasDenied = isDenied(pod);
      count(tally, [pod, other], findingsOf(pod), wasDenied);
      if (wasDenied) expect(isDenied(other)).toBe(true);
    });
    expectBite(tally, 0.9);
  });
});
