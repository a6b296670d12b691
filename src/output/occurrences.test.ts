import { expect, test } from 'vitest';
import { objectResult } from '../../test/harness/results.ts';
import { occurrences, scopeOf } from './occurrences.ts';

test('a key is counted within its scope, and another scope forgets it', () => {
  const count = occurrences();
  expect([count('a', 'x'), count('a', 'y'), count('a', 'x'), count('b', 'x'), count('a', 'x')]).toEqual([
    1, 1, 2, 1, 1,
  ]);
});

test('the scope is the file, and of an object of a cluster the object', () => {
  const [first, second] = [objectResult(), objectResult({ name: 'other' })];
  expect(scopeOf(first)).toBe(scopeOf(second));
  expect(scopeOf({ ...first, file: '' })).not.toBe(scopeOf({ ...second, file: '' }));
  expect(scopeOf({ file: first.file, document: 1, message: '' })).toBe(scopeOf(first));
});
