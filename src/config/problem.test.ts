import { describe, expect, test } from 'vitest';
import { didYouMean, formatPath, formatProblem } from './problem.ts';

test.each([
  [[], ''],
  [['namespaces', 1, 'builders', 0, 'profile'], 'namespaces[1].builders[0].profile'],
  [['profiles', 'ci', 'checks', 'host-path-unlisted'], 'profiles.ci.checks.host-path-unlisted'],
  [['mountFuse', 'label', 'example.com/fuse'], 'mountFuse.label["example.com/fuse"]'],
] as const)('writes the path %j', (path, expected) => {
  expect(formatPath(path)).toBe(expected);
});

describe('asks what was meant', () => {
  test.each([
    ['privilegd', 'privileged'],
    ['priviledged', 'privileged'],
    ['hots-pid', 'host-pid'],
    ['Kaniko', 'kaniko'],
  ])('%s', (word, meant) => {
    expect(didYouMean(word, ['host-ipc', 'host-pid', 'kaniko', 'privileged'])).toBe(`Did you mean \`${meant}\`?`);
  });

  test.each(['zzzzzz', 'x'.repeat(100_000), ''])('nothing', (word) => {
    expect(didYouMean(word, ['host-pid', 'privileged', 'a'])).toBeUndefined();
  });
});

test('writes a problem as one line', () => {
  const problem = { path: 'default.mode', line: 3, column: 2, message: 'is wrong', suggestion: 'Write `warn`.' };
  expect(formatProblem('a.yaml', problem)).toBe('a.yaml:3:2: default.mode: is wrong. Write `warn`.');
  expect(formatProblem('a.yaml', { path: '', message: 'cannot be read' })).toBe('a.yaml: cannot be read');
});
