import { describe, expect, test } from 'vitest';
import { dayMs, hourMs } from '../store/schema.ts';
import {
  countKeysOf,
  cursorOf,
  decisionNamed,
  number,
  ParameterError,
  raiseOf,
  recordFilter,
  text,
  timeRange,
} from './parameters.ts';

const now = Date.UTC(2026, 10, 22, 12);
const same = (user: string) => user;

describe('a stretch of time', () => {
  test('is the last seven days when nothing is said, the present moment in it', () => {
    expect(timeRange({}, now)).toEqual({ from: now + 1 - 7 * dayMs, to: now + 1 });
    expect(timeRange({ since: '' }, now)).toEqual(timeRange({}, now));
  });

  test.for([
    [{ since: '24h' }, now + 1 - dayMs, now + 1],
    [{ since: '30m' }, now + 1 - hourMs / 2, now + 1],
    [{ since: '2w', to: '2026-11-20' }, Date.UTC(2026, 10, 6), Date.UTC(2026, 10, 20)],
    [{ from: '2026-11-01', to: '2026-11-02T06:00' }, Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2, 6)],
    [{ from: '2026-11-01T00:00:00+02:00' }, Date.UTC(2026, 9, 31, 22), now + 1],
  ] as const)('is read as UTC: %j', ([parameters, from, to]) => {
    expect(timeRange(parameters, now)).toEqual({ from, to });
  });

  test.for([
    [{ since: 'yesterday' }, 'since: is no length of time such as 30m, 24h, 7d or 4w'],
    [{ from: '22.11.2026' }, 'from: is no time such as 2026-11-22 or 2026-11-22T12:00:00Z'],
    [{ from: '2026-13-01' }, 'from: is no time such as 2026-11-22 or 2026-11-22T12:00:00Z'],
    [{ from: '2026-11-20', to: '2026-11-20' }, 'from: is not before the end of the time'],
    [{ since: '1d', from: '2026-11-20' }, 'since: cannot be given with `from`'],
  ] as const)('that makes no sense is refused in words: %j', ([parameters, message]) => {
    expect(() => timeRange(parameters, now)).toThrow(ParameterError);
    expect(() => timeRange(parameters, now)).toThrow(message);
  });
});

describe('a filter', () => {
  test('holds only what was given', () => {
    expect(recordFilter({}, same)).toEqual({});
    expect(
      recordFilter({ namespace: 'ci', config: 'abc', decision: 'deny, error', webhook: 'validate' }, same),
    ).toEqual({
      namespace: 'ci',
      configHash: 'abc',
      decisions: ['deny', 'error'],
      webhook: 'validate',
    });
    expect(recordFilter({ decision: 'all' }, same)).toEqual({});
    // Each is asked for on its own: twice would be every row twice.
    expect(recordFilter({ decision: 'deny,error,deny' }, same)).toEqual({ decisions: ['deny', 'error'] });
  });

  test('asks for users by the name under which they are kept, but for patterns', () => {
    const stored = (user: string) => `user-${user}`;
    expect(recordFilter({ user: 'jane' }, stored)).toEqual({ user: 'user-jane' });
    expect(recordFilter({ user: 'system:*' }, stored)).toEqual({ user: 'system:*' });
  });

  test.for([
    [{ decision: 'denied' }, 'decision: is none of error, deny, exempt'],
    [{ webhook: 'other' }, 'webhook: is none of validate, mutate, observe'],
  ] as const)('that makes no sense is refused in words: %j', ([parameters, message]) => {
    expect(() => recordFilter(parameters, same)).toThrow(message);
  });
});

describe('other parameters', () => {
  test('are read, and usual where they are absent', () => {
    expect(number({}, 'limit', 50, 100)).toBe(50);
    expect(number({ limit: '7' }, 'limit', 50, 100)).toBe(7);
    expect(countKeysOf({ by: 'user, check,user' }, ['check'])).toEqual(['user', 'check']);
    expect(cursorOf({ cursor: 'older-1-2' })).toBe('older-1-2');
    expect(decisionNamed({ uid: 'u' })).toEqual({ uid: 'u' });
    expect(decisionNamed({ id: '3' })).toEqual({ id: 3 });
    expect(decisionNamed({ instance: 'a', seq: '3' })).toEqual({ instance: 'a', seq: 3 });
    expect(raiseOf({})).toEqual({ mode: 'enforce' });
    expect(raiseOf({ checks: 'engine-image,host-pid', action: 'warn' })).toEqual({
      checks: ['engine-image', 'host-pid'],
      action: 'warn',
    });
    expect(raiseOf({ profile: 'strict', mode: 'warn' })).toEqual({ profile: 'strict', mode: 'warn' });
  });

  test.for([
    [() => number({ limit: '0' }, 'limit', 50, 100), 'limit: is no whole number from 1 to 100'],
    [() => number({ limit: '101' }, 'limit', 50, 100), 'limit: is no whole number from 1 to 100'],
    [() => number({ limit: '1e1' }, 'limit', 50, 100), 'limit: is no whole number from 1 to 100'],
    [() => countKeysOf({ by: 'colour' }, []), 'by: is none of decision, webhook'],
    [() => cursorOf({ cursor: 'older-1' }), 'cursor: is no cursor of an answer'],
    [() => decisionNamed({ instance: 'a' }), 'id: give `id`, `uid`, or `instance` and `seq`'],
    [() => raiseOf({ checks: 'no-such' }), 'checks: there is no check no-such'],
    [() => raiseOf({ action: 'warn' }), 'action: goes with `checks`'],
    [() => text({ name: 'x'.repeat(2000) }, 'name'), 'name: is longer than 1024 characters'],
  ] as const)('that make no sense are refused in words: %#', ([read, message]) => {
    expect(read).toThrow(message);
  });
});
