import { expect, test } from 'vitest';
import { podSubject } from '../kubernetes/subject.ts';
import type { Judgement } from './outcome.ts';
import { judgedResponse } from './response.ts';

const pod = podSubject({ spec: {} }, 'jobs');

function checksTold(ids: readonly string[]): string | undefined {
  const judgements = ids.map((check): Judgement => {
    const finding = { check, severity: 'low', pointer: '/spec', place: {}, message: 'm', value: 'v' } as const;
    return { finding, action: 'audit', outcome: 'audit', because: 'profile' };
  });
  const answer = { uid: 'u', decision: 'allow', judgements, denialStatus: 403, configHash: 'c' } as const;
  return judgedResponse(answer, pod).auditAnnotations?.['checks'];
}

test('the audit log is told of each check once, in order', () => {
  expect(checksTold(['b', 'a', 'b'])).toBe('a,b');
});

test('what it is told is cut between two checks at 1,000 characters', () => {
  const [first, second] = ['a'.repeat(500), 'b'.repeat(499)];
  expect(checksTold([first, second])).toBe(`${first},${second}`);
  expect(checksTold([first, `${second}b`])).toBe(first);
});

test('of a template only what would be denied is said to be', () => {
  const finding = { check: 'c', severity: 'low', pointer: '/spec', place: {}, message: 'm', value: 'v' } as const;
  const warnings = (action: 'warn' | 'deny') => {
    const judgements: readonly Judgement[] = [{ finding, action, outcome: 'warn', because: 'template' }];
    return judgedResponse({ uid: 'u', decision: 'warn', judgements, denialStatus: 403, configHash: 'c' }, pod).warnings;
  };
  expect(warnings('warn')).toEqual(['[c] m']);
  expect(warnings('deny')).toEqual(['would be denied: [c] m']);
});
