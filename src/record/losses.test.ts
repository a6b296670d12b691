import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMostOnceAMinute, countLosses } from './losses.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('once a minute, and the first time at once', () => {
  const isDue = atMostOnceAMinute();
  expect([isDue(), isDue()]).toEqual([true, false]);
  vi.advanceTimersByTime(59_999);
  expect(isDue()).toBe(false);
  vi.advanceTimersByTime(1);
  expect([isDue(), isDue()]).toEqual([true, false]);
});

test('each loss is told once, those of a minute together', () => {
  const told: number[] = [];
  const losses = countLosses((lost) => told.push(lost));
  losses.tell();
  losses.add(2);
  losses.tell();
  losses.add(3);
  losses.add(4);
  losses.tell();
  expect(told).toEqual([2]);
  vi.advanceTimersByTime(60_000);
  losses.tell();
  losses.tell();
  losses.add(1);
  losses.tellNow();
  losses.tellNow();
  expect(told).toEqual([2, 7, 1]);
  expect(losses.total()).toBe(10);
});

test('nothing to tell does not use up the minute', () => {
  const told: number[] = [];
  const losses = countLosses((lost) => told.push(lost));
  losses.tell();
  losses.add(1);
  losses.tell();
  expect(told).toEqual([1]);
});
