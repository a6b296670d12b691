import './counting.ts';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { isLinear } from './backtracks.ts';
import type { Scan } from './built-ins.ts';
import { partsFor, worksFor } from './engine-parts.ts';
import { hostile, podOf, textOf } from './hostile.ts';
import { doublingVariables, largePods } from './large-pods.ts';
import { superlinear, superlinearInText, type Work, workOf } from './meter.ts';

/** A search that goes over less than this is short whatever it does. */
const shortScan = 256;

function backtracking(works: readonly Work[]): readonly Scan[] {
  return works.flatMap(({ scans }) => scans).filter((scan) => scan.to - scan.from >= shortScan && !isLinear(scan));
}

describe('the work grows no faster than the pod, with', () => {
  test.each(Object.entries(largePods))('%s', (_, podOfSize) => {
    const works = worksFor(podOfSize, 60);
    expect(superlinear(works)).toEqual([]);
    // A byte can be a finding of its own, which is told in a few hundred; nothing costs more.
    const bytes = JSON.stringify(podOfSize(240)).length;
    expect(Math.max(...works[2].steps.values()) / bytes).toBeLessThan(300);
  });

  test('texts in every place, whatever they are', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const works = worksFor((size) => podOf(textOf(text, size)), 2_500);
        expect(superlinearInText(works)).toEqual([]);
        expect(backtracking(works)).toEqual([]);
      }),
      // What once took quadratic time: a quantity of nothing but digits that is none.
      { numRuns: runs(4), examples: [[{ start: '', period: '0', end: '/' }]] },
    );
  });
});

test('variables that nobody refers to cost no more than to read them', () => {
  const pod = largePods['variables that stand for much']?.(2_000) ?? {};
  const { steps } = workOf(partsFor(pod));
  expect(steps.get('engine-command')).toBeLessThan(JSON.stringify(pod).length);
  expect(steps.get('engine-command-text')).toBeLessThan(2 * JSON.stringify(pod).length);
});

test('variables that stand for more and more cost no more than a bound', () => {
  for (const size of [100, 1_000, 4_000]) {
    const { steps } = workOf(partsFor(doublingVariables(size)));
    for (const check of ['engine-command', 'engine-command-text']) {
      expect(steps.get(check), `${check} of ${size}`).toBeLessThan(400_000);
    }
  }
});
