import { describe, expect, it } from 'vitest';
import { ago, counted, longName, number, objectName, span } from './layout.ts';
import { textOf } from './markup.ts';

describe('a length of time', () => {
  it.each([
    [0, '0 seconds'],
    [1_000, '1 second'],
    [119_000, '119 seconds'],
    [120_000, '2 minutes'],
    [119 * 60_000, '119 minutes'],
    [2 * 3_600_000, '2 hours'],
    [47 * 3_600_000, '47 hours'],
    [48 * 3_600_000, '2 days'],
    [400 * 86_400_000, '400 days'],
    [4_000 * 86_400_000, '4,000 days'],
  ])('of %d ms is told as %s', (milliseconds, words) => {
    expect(span(milliseconds)).toBe(words);
  });

  it('is told as past or to come', () => {
    expect(textOf(ago(0, 5_000))).toContain('>5 seconds ago<');
    expect(textOf(ago(90_000, 0))).toContain('>in 90 seconds<');
  });
});

it('writes counts with their thousands apart, and their nouns', () => {
  expect(number(9_007_199_254_740_991)).toBe('9,007,199,254,740,991');
  expect([counted(1, 'gap'), counted(2, 'gap'), counted(0, 'decision is', 'decisions are')]).toEqual([
    '1 gap',
    '2 gaps',
    '0 decisions are',
  ]);
});

it('breaks long names behind their separators, and changes no character of them', () => {
  const name = 'system:serviceaccount:ci/<x>@y';
  const written = textOf(longName(name));
  expect(written).toBe('system:<wbr>serviceaccount:<wbr>ci/<wbr>&#60;x&#62;@<wbr>y');
});

it('says that a generated name has its end still to come', () => {
  expect([objectName('report-'), objectName('report')]).toEqual(['report-…', 'report']);
});
