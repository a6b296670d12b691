import { expect } from 'vitest';
import type { Seen } from './engine.ts';
import { sinned } from './sins.ts';

/** How often a property had something to prove, so that it cannot hold by proving nothing. */
export interface Tally {
  runs: number;
  /** The transformation made another pod. */
  changed: number;
  /** The pod had findings, and profile strict denied it. */
  denied: number;
  readonly checks: Set<string>;
}

/** Nothing was counted yet. */
export function emptyTally(): Tally {
  return { runs: 0, changed: 0, denied: 0, checks: new Set() };
}

/** Counts a run: a pod before and after, what was found in it before, and whether it was denied. */
export function count(
  tally: Tally,
  [before, after]: readonly [unknown, unknown],
  found: readonly Seen[],
  wasDenied: boolean,
): void {
  tally.runs += 1;
  if (JSON.stringify(before) !== JSON.stringify(after)) tally.changed += 1;
  if (wasDenied) tally.denied += 1;
  for (const { check } of found) tally.checks.add(check);
}

/**
 * Asserts that a property has bitten: that profile strict denied most pods, that at least the given share of them was
 * changed, and that every check, but those given, found something that could have been lost.
 */
export function expectBite({ runs, changed, denied, checks }: Tally, share: number, but: readonly string[] = []): void {
  expect(denied / runs).toBeGreaterThan(0.6);
  expect(changed / runs).toBeGreaterThan(share);
  expect([...sinned].filter((check) => !checks.has(check) && !but.includes(check))).toEqual([]);
}
