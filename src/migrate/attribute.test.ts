import { expect, test } from 'vitest';
import { checksFor, type Observation } from './attribute.ts';

const seen = (objects: boolean, ...checks: readonly string[]): Observation => ({ objects, checks: new Set(checks) });
const many = (count: number, one: Observation): readonly Observation[] => Array.from({ length: count }, () => one);
const quiet = many(100, seen(false));

test('a check that sees just what a rule objects to is chosen', () => {
  const all = [...many(5, seen(true, 'privileged')), ...many(5, seen(false, 'host-pid')), ...quiet];
  expect(checksFor(all, ['host-pid', 'privileged'])).toEqual(['privileged']);
});

test('a check that sees much more than a rule looks for is chosen when it sees little elsewhere', () => {
  const all = [
    ...many(2, seen(true, 'engine-socket-mount')),
    ...many(20, seen(false, 'engine-socket-mount')),
    ...quiet,
  ];
  expect(checksFor(all, ['engine-socket-mount'])).toEqual(['engine-socket-mount']);
});

test('a rule that is about several things has a check for each of them', () => {
  const all = [...many(3, seen(true, 'host-pid')), ...many(9, seen(true, 'privileged')), ...quiet];
  expect(checksFor(all, ['host-pid', 'privileged', 'run-as-root'])).toEqual(['host-pid', 'privileged']);
});

test('two narrow checks are better than one that sees them both and everything else', () => {
  const all = [
    ...many(9, seen(true, 'narrow', 'wide')),
    ...many(4, seen(true, 'other', 'wide')),
    ...many(25, seen(false, 'wide')),
    ...quiet,
  ];
  expect(checksFor(all, ['narrow', 'other', 'wide'])).toEqual(['narrow', 'other']);
});

test('a rule that objects to everything has no check, whatever the checks see', () => {
  const all = [...many(50, seen(true, 'privileged')), ...many(50, seen(true)), seen(false)];
  expect(checksFor(all, ['privileged'])).toEqual([]);
});

test('a check that only happens to see a few of them is not chosen', () => {
  const all = [seen(true, 'dind-image'), ...many(9, seen(true)), ...quiet];
  expect(checksFor(all, ['dind-image'])).toEqual([]);
});

test('a rule that objects to nothing has no check', () => {
  expect(checksFor([...many(5, seen(false, 'privileged')), ...quiet], ['privileged'])).toEqual([]);
});
