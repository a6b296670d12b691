import { expect, test } from 'vitest';
import { quantityEquals } from './quantity.ts';

test.each([
  [1, 1],
  ['1', 1],
  ['+1', 1],
  ['01', 1],
  ['1.', 1],
  ['1.0', 1],
  ['1000m', 1],
  ['0.001k', 1],
  ['1000000u', 1],
  ['1000000000n', 1],
  ['1e0', 1],
  ['1E+0', 1],
  ['10e-1', 1],
  ['.1e1', 1],
  ['.25e2', 25],
  ['0.01e002', 1],
  ['12', 12],
  ['12.0', 12],
  ['1Ki', 1024],
  ['2M', 2_000_000],
] as const)('%j is %j', (quantity, count) => {
  expect(quantityEquals(quantity, count)).toBe(true);
});

test.each([
  2,
  '2',
  '-1',
  '',
  ' 1',
  '1 ',
  'x1',
  '1x',
  '1k',
  '1m',
  '1E',
  '1Kib',
  '1e',
  '1ee0',
  '1x0',
  '1e0000',
  '0x1',
  '.',
  ['1'],
  { toString: () => '1' },
  true,
  null,
  undefined,
])('%j is not 1', (quantity) => {
  expect(quantityEquals(quantity, 1)).toBe(false);
});
