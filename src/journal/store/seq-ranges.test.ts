import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdsSeq, type SeqRange, withSeqs } from './seq-ranges.ts';

const range = (first: number, last: number): SeqRange => ({
  first_seq: first,
  last_seq: last,
  first_ts: first * 10,
  last_ts: last * 10,
});

const seqs = (...numbers: readonly number[]) => new Map(numbers.map((number) => [number, number * 10]));

test('numbers join what they touch, and leave the rest as it is', () => {
  expect(withSeqs([range(1, 5)], seqs(6, 7))).toEqual({ removed: [1], added: [range(1, 7)] });
  expect(withSeqs([range(1, 5), range(7, 9)], seqs(6))).toEqual({ removed: [1, 7], added: [range(1, 9)] });
  expect(withSeqs([range(1, 5)], seqs(9, 8))).toEqual({ removed: [], added: [range(8, 9)] });
  expect(withSeqs([range(3, 5)], seqs(2))).toEqual({ removed: [3], added: [range(2, 5)] });
  expect(withSeqs([range(1, 5)], seqs())).toEqual({ removed: [], added: [] });
});

test('any numbers in any order come to the ranges that hold just them', () => {
  const batches = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), { maxLength: 10 });
  fc.assert(
    fc.property(batches, (steps) => {
      let ranges: readonly SeqRange[] = [];
      const all = new Set<number>();
      for (const step of steps) {
        const fresh = step.filter((number) => !holdsSeq(ranges, number));
        expect(fresh).toEqual(step.filter((number) => !all.has(number)));
        const { removed, added } = withSeqs(ranges, seqs(...fresh));
        ranges = [...ranges.filter((one) => !removed.includes(one.first_seq)), ...added].sort(
          (a, b) => a.first_seq - b.first_seq,
        );
        for (const number of step) all.add(number);
      }
      const held = ranges.flatMap((one) => {
        expect([one.first_ts, one.last_ts]).toEqual([one.first_seq * 10, one.last_seq * 10]);
        return Array.from({ length: one.last_seq - one.first_seq + 1 }, (_, index) => one.first_seq + index);
      });
      expect(held).toEqual([...all].sort((a, b) => a - b));
      for (const [index, one] of ranges.entries()) {
        expect(one.first_seq).toBeGreaterThan((ranges[index - 1]?.last_seq ?? -1) + 1);
      }
    }),
  );
});
