import { describe, expect, test } from 'vitest';
import { checks } from '../../../src/checks/registry.ts';
import { findingsOf, isDenied, type Likeness, whole, wired } from './engine.ts';
import { missing, neverLoses } from './keeps.ts';
import { holdsForPods } from './sinful-pods.ts';
import { sinned } from './sins.ts';
import { duplicate, move, renamed, reorder } from './structure.ts';
import { count, emptyTally, expectBite } from './tally.ts';

/** The contract names containers of spec.containers: what it says of one that has left the list is another clause. */
const anyClause: Likeness = (finding) => (finding.check === 'fuse-contract' ? ['fuse-contract'] : whole(finding));

test('there is a sin for every check of pods', () => {
  const ofPods = checks.filter(({ find }) => 'pod' in find).map(({ id }) => id);
  expect([...sinned].sort()).toEqual(ofPods.sort());
});

describe('no finding is lost, and no denial, when', () => {
  test('lists and keys are reordered', () => {
    neverLoses(reorder, { changed: 0.9 });
  });

  test('a container is duplicated', () => {
    neverLoses(duplicate, { changed: 0.9 });
  });

  test('a container moves to another list', () => {
    neverLoses(move, { likeness: anyClause, once: true, changed: 0.9 });
  });

  test('containers and volumes are renamed, and nothing is found besides', () => {
    const tally = emptyTally();
    holdsForPods({ usual: 300 }, (pod, draw) => {
      const { pod: other, expected } = renamed(structuredClone(pod), draw);
      const [before, after] = [findingsOf(pod), findingsOf(wired(other))];
      const wasDenied = isDenied(pod);
      count(tally, [pod, other], before, wasDenied);
      expect(missing(before.map(expected), after, {})).toEqual([]);
      expect(after.length).toBe(before.length);
      expect(isDenied(other)).toBe(wasDenied);
    });
    expectBite(tally, 0.9);
  });
});
