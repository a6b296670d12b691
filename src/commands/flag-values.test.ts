import { expect, test } from 'vitest';
import { parseDuration } from './flag-values.ts';

test.for([
  ['0s', 0],
  ['500ms', 500],
  ['20s', 20_000],
  ['5m', 300_000],
  ['720h', 2_592_000_000],
  ['30d', 2_592_000_000],
] as const)('%s is a duration', ([text, milliseconds]) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.for(['', '5', 'h', '-1s', '1.5h', '1y', '1000000s', '1h30m'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('is not a duration such as 500ms, 20s, 2m or 720h');
});
