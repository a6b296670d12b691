import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['', ''],
  ['docker.io/library/docker:29', 'docker.io/library/docker:29'],
  ['größe 🐳', 'größe 🐳'],
  ['a\nb\tc\u007f', 'a\\u{a}b\\u{9}c\\u{7f}'],
  ['a\u202eb\u200bc\u2028d', 'a\\u{202e}b\\u{200b}c\\u{2028}d'],
  ['half \ud83d', 'half \\u{d83d}'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a long text is cut, and shows that it was', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
  expect(printable('abcd', 4)).toBe('abcd');
  expect(printable('\nabcd', 9)).toBe('\\u{a}abcd');
  expect(printable('\n\n\n\n', 8)).toBe('\\u{a}\\u…');
  expect(printable('🐳'.repeat(600))).toHaveLength(512);
});
