import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { compileGlob } from '../matching/glob.ts';
import { indexNamespaces, patternsMeet, remembered } from './namespaces.ts';

describe('an index', () => {
  const index = indexNamespaces([['kube-system'], ['ci-*', 'gitlab'], ['ci-1', 'gitlab'], ['*']]);

  test.each([
    ['kube-system', 0, [0, 3]],
    ['ci-1', 1, [1, 2, 3]],
    ['ci-2', 1, [1, 3]],
    ['gitlab', 1, [1, 2, 3]],
    ['default', 3, [3]],
  ])('of %s', (namespace, first, all) => {
    expect(index.first(namespace)).toBe(first);
    expect(index.all(namespace)).toEqual(all);
  });

  test('without a match', () => {
    const none = indexNamespaces([['a'], ['b-*']]);
    expect(none.first('constructor')).toBeUndefined();
    expect(none.all('c')).toEqual([]);
  });
});

describe('patterns meet', () => {
  test.each([
    ['gitlab', 'gitlab'],
    ['git*', 'gitlab'],
    ['gitlab', '*lab'],
    ['git*', '*lab'],
    ['a*c*', 'ab*'],
    ['*', 'x'],
  ])('%s and %s', (left, right) => {
    expect(patternsMeet(left, right)).toBe(true);
  });

  test.each([
    ['gitlab', 'gitlab-2'],
    ['git*', 'hub*'],
    ['*lab', '*hub'],
    ['a*', 'b'],
  ])('not %s and %s', (left, right) => {
    expect(patternsMeet(left, right)).toBe(false);
  });

  test('whenever some name matches both', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 });
    const pattern = word.filter((text) => !text.includes('***'));
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, pattern, name, (left, right, text) => {
        fc.pre(compileGlob(left)(text) && compileGlob(right)(text));
        return patternsMeet(left, right) && patternsMeet(right, left);
      }),
      { numRuns: 500 },
    );
  });

  test('only when some name matches both', () => {
    const names = namesUpTo(['a', 'b'], 8);
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 4 });
    const pattern = word.filter((text) => !text.includes('***'));
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        const [matchesLeft, matchesRight] = [compileGlob(left), compileGlob(right)];
        const some = names.some((text) => matchesLeft(text) && matchesRight(text));
        return patternsMeet(left, right) === some;
      }),
      { numRuns: 60 },
    );
  });
});

test('what is remembered is computed once, and bounded', () => {
  const compute = vi.fn((name: string) => ({ name }));
  const recall = remembered(compute, 2);
  const first = recall('a');
  expect(recall('a')).toBe(first);
  recall('b');
  recall('c');
  expect(recall('a')).toEqual({ name: 'a' });
  expect(compute.mock.calls.map(([name]) => name)).toEqual(['a', 'b', 'c', 'a']);
  const long = 'x'.repeat(1000);
  expect(recall(long)).not.toBe(recall(long));
});

function namesUpTo(letters: readonly string[], length: number): readonly string[] {
  let last = [''];
  const all: string[] = [];
  for (let round = 0; round < length; round++) {
    last = last.flatMap((name) => letters.map((letter) => name + letter));
    all.push(...last);
  }
  return all;
}
