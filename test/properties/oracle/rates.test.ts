import { expect, it } from 'vitest';
import { hitRates } from './rates.ts';

it('generates pods that hit every check often, but none always', () => {
  const outside = [...hitRates(1)].filter(([, rate]) => rate < 2 || rate > 70);
  expect(outside).toEqual([]);
});
