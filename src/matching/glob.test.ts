import { expect, test } from 'vitest';
import { compileGlob, globProblem, globRegex } from './glob.ts';

test.each([
  ['', 'is empty'],
  ['a'.repeat(513), 'is longer than 512 characters'],
  ['a/***', 'has more than two * in a row'],
  ['a?', 'has "?": only * and ** are special'],
])('%j %s', (pattern, problem) => {
  expect(globProblem(pattern)).toBe(problem);
});

test('the longest pattern is one', () => {
  expect(globProblem('a'.repeat(512))).toBeUndefined();
});

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['*', 'a', true],
  ['*', 'a/b', false],
  ['**', 'a/b', true],
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*c', 'abcd', false],
  ['*', 'x'.repeat(4096), true],
  ['*', 'x'.repeat(4097), false],
])('%j and %j: %s', (pattern, text, matches) => {
  expect(compileGlob(pattern)(text)).toBe(matches);
});

test.each([
  ['a', '^a$'],
  ['a*c/**', '^a[^/]*c/.*$'],
  ['**/x.y', '^.*/x\\.y$'],
  ['a^$.+()|b', '^a\\^\\$\\.\\+\\(\\)\\|b$'],
])('%j is the regular expression %s', (pattern, regex) => {
  expect(globRegex(pattern)).toBe(regex);
});
