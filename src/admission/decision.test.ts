import { expect, test } from 'vitest';
import { decisionOf } from './decision.ts';
import type { Judgement } from './outcome.ts';

const finding = { check: 'c', severity: 'low', pointer: '/spec', place: {}, message: 'm', value: 'v' } as const;
const warned: Judgement = { finding, action: 'warn', outcome: 'warn', because: 'profile' };
const old: Judgement = { finding, action: 'warn', outcome: 'audit', because: 'inherited' };

test.each([
  ['allow', []],
  ['allow', [old]],
  ['warn', [warned]],
  ['warn', [old, warned]],
  ['would-deny', [warned, { ...warned, action: 'deny', because: 'mode' }]],
  ['exempt', [warned, { ...warned, action: 'deny', because: 'break-glass' }]],
  ['deny', [warned, { ...warned, action: 'deny', outcome: 'deny' }]],
] as const)('the decision is %s by the first that holds', (decision, judgements) => {
  expect(decisionOf(judgements)).toBe(decision);
});
