import { expect } from 'vitest';
import { findingsOf, isDenied, type Likeness, lost, type Seen, whole, wired } from './engine.ts';
import { holdsForPods } from './sinful-pods.ts';
import type { Transformation } from './structure.ts';
import { count, emptyTally, expectBite } from './tally.ts';

/** What must be there of a pod's findings once it is transformed. */
export interface Demand {
  /** By what a finding is known again; by all of it where this is left out. */
  readonly likeness?: Likeness;
  /** Whether one finding like it is enough where there were several. */
  readonly once?: boolean;
  /** Checks of which another may tell the same, by id. */
  readonly instead?: Readonly<Record<string, readonly string[]>>;
  /** The share of pods that must have become other ones. */
  readonly changed: number;
  /** How often it is tried, and by pods of how many sins, where a pod is expensive. */
  readonly usual?: number;
  readonly together?: number;
}

/** Holds a transformation against any pod: no finding goes away, and what profile strict denied stays denied. */
export function neverLoses(transform: Transformation, demand: Demand): void {
  const tally = emptyTally();
  holdsForPods({ usual: demand.usual ?? 300, together: demand.together ?? 1 }, (pod, draw) => {
    const transformed = wired(transform(structuredClone(pod), draw));
    const before = findingsOf(pod);
    const wasDenied = isDenied(pod);
    count(tally, [pod, transformed], before, wasDenied);
    expect(missing(before, findingsOf(transformed), demand)).toEqual([]);
    if (wasDenied) expect(isDenied(transformed)).toBe(true);
  });
  expectBite(tally, demand.changed);
}

/** Findings that have gone away, and that no check tells of instead. */
export function missing(
  before: readonly Seen[],
  after: readonly Seen[],
  demand: Omit<Demand, 'changed'>,
): readonly Seen[] {
  const { likeness = whole, once = false, instead = {} } = demand;
  const gone = lost(before, after, { likeness, once });
  return gone.filter((finding) => {
    const others = (instead[finding.check] ?? []).map((check) => ({ ...finding, check }));
    return others.every((other) => lost([other], after, { likeness, once }).length > 0);
  });
}
