import './counting.ts';

import { describe, expect, test } from 'vitest';
import { isLinear } from './backtracks.ts';
import { superlinear, workOf, worksFrom } from './meter.ts';
import { backtracking, linear, quadratic } from './quadratic.ts';

const worksOf = (run: (size: number) => unknown) =>
  worksFrom(200, (size) => workOf({ part: () => run(size) }, /quadratic/));

describe('the meter sees', () => {
  test.each(Object.entries(quadratic))('%s', (_, run) => {
    expect(superlinear(worksOf(run))).toHaveLength(1);
  });

  test.each(backtracking)('%s go back and forth', (pattern, text) => {
    const { scans } = workOf({ part: () => pattern.test(text) });
    expect(scans.map(isLinear)).toEqual([false]);
  });
});

describe('the meter does not mind', () => {
  test.each(Object.entries(linear))('%s', (_, run) => {
    const works = worksOf(run);
    expect(superlinear(works)).toEqual([]);
    expect(works.flatMap(({ scans }) => scans).filter((scan) => !isLinear(scan))).toEqual([]);
  });
});

test('the meter counts the same each time', () => {
  const run = quadratic['a copy in a loop'];
  const counts = [1, 2, 3].map(() => [...workOf({ part: () => run?.(300) }, /quadratic/).steps]);
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[2]).toEqual(counts[0]);
});
