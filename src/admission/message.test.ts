import { describe, expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { denialCauses, denialMessage, remedyFor, warningText, warningTexts } from './message.ts';

function finding(over: Partial<Finding> = {}): Finding {
  return {
    check: 'fuse-contract',
    severity: 'high',
    pointer: '/spec/containers/0/resources',
    place: { container: 'build' },
    message: 'container "build" is wrong',
    value: 'x',
    remedy: 'Put it right.',
    ...over,
  };
}

const pod = podSubject({ spec: {} }, 'jobs');

describe('a denial', () => {
  test('says what is wrong, where, and what to do instead', () => {
    expect(denialMessage([finding()], pod)).toBe(
      '[fuse-contract] container "build" is wrong (spec.containers[0].resources). Put it right.',
    );
  });

  test('tells the worst first, the others by id, and each remedy once', () => {
    const message = denialMessage(
      [
        finding({ check: 'b', message: 'second' }),
        finding({ check: 'a', message: 'first' }),
        finding({ check: 'z', message: 'worst', severity: 'critical', remedy: 'Stop.' }),
      ],
      pod,
    );
    expect(message).toBe(
      '[z] worst (spec.containers[0].resources). Stop. [a] first (spec.containers[0].resources). Put it right. ' +
        '[b] second (spec.containers[0].resources).',
    );
  });

  test('orders by id alone, and the first of the worst comes first', () => {
    const told = (...checks: readonly (readonly [string, Finding['severity'], string])[]) =>
      denialCauses(checks.map(([check, severity, message]) => finding({ check, severity, message }))).map(
        ({ reason, message }) => `${reason} ${message}`,
      );
    expect(told(['d', 'low', '1'], ['b', 'low', '2'], ['a', 'low', '3'], ['b', 'low', '4'], ['c', 'low', '5'])).toEqual(
      ['a 3', 'b 2', 'b 4', 'c 5', 'd 1'],
    );
    expect(told(['a', 'low', '1'], ['d', 'high', '2'], ['c', 'high', '3'], ['b', 'medium', '4'])).toEqual([
      'c 3',
      'a 1',
      'b 4',
      'd 2',
    ]);
  });

  test("has GitLab's words for pods with either of its labels", () => {
    for (const label of ['job.runner.gitlab.com/pod', 'project.runner.gitlab.com/id']) {
      const job = podSubject({ metadata: { labels: { [label]: '1' } }, spec: {} }, 'jobs');
      const { remedy: _, ...own } = finding({ check: 'host-ipc' });
      expect(remedyFor(own, job)).toContain('config.toml');
      expect(remedyFor(own, pod)).not.toContain('config.toml');
    }
  });

  test('has no remedy of a check that there is no more', () => {
    const { remedy: _, ...own } = finding({ check: 'gone' });
    const job = podSubject({ metadata: { labels: { 'job.runner.gitlab.com/pod': '1' } }, spec: {} }, 'jobs');
    expect([remedyFor(own, pod), remedyFor(own, job)]).toEqual(['', '']);
  });

  test('may be just as long as a message may be', () => {
    const rest = denialMessage([finding({ message: '' })], pod).length;
    const longest = denialMessage([finding({ message: 'x'.repeat(1000 - rest) })], pod);
    expect(longest).toHaveLength(1000);
    expect(longest).toMatch(/ Put it right\.$/);
    const cut = denialMessage([finding({ message: 'x'.repeat(1001 - rest) })], pod);
    expect(cut).toHaveLength(1000);
    expect(cut).toMatch(/ Put it righ…$/);
  });

  test('is cut at the boundary of a finding at 1,000 characters', () => {
    const many = Array.from({ length: 40 }, (_, index) => finding({ message: `problem ${index} ${'x'.repeat(40)}` }));
    const message = denialMessage(many, pod);
    expect(message.length).toBeLessThanOrEqual(1000);
    const told = message.match(/problem \d+/g)?.length ?? 0;
    expect(message).toMatch(new RegExp(`\\. … and ${40 - told} more$`));
  });

  test('is cut even when one finding is longer than all of it', () => {
    const message = denialMessage([finding({ message: 'x'.repeat(5000) }), finding()], pod);
    expect(message).toHaveLength(1000);
    expect(message).toMatch(/^\[fuse-contract\] x+… … and 1 more$/);
  });

  test('holds no control character, whatever a pod is called', () => {
    expect(denialMessage([finding({ message: 'a\r\nb\u001b[31m\u2028c' })], pod)).toContain('a b [31m c');
  });

  test('lists at most 50 causes, with field paths', () => {
    const causes = denialCauses(Array.from({ length: 80 }, () => finding()));
    expect(causes).toHaveLength(50);
    expect(causes[0]).toEqual({
      reason: 'fuse-contract',
      message: 'container "build" is wrong',
      field: 'spec.containers[0].resources',
    });
  });
});

describe('warnings', () => {
  test('are at most 120 characters, counted as the API server does, without control characters', () => {
    const text = warningText(`a\tb${'💥'.repeat(200)}`);
    expect([...text]).toHaveLength(120);
    expect(text).toMatch(/^a b💥.*…$/u);
  });

  test('are not cut at 120 characters, and 30 of them are all told', () => {
    expect(warningText('x'.repeat(120))).toBe('x'.repeat(120));
    const thirty = Array.from({ length: 30 }, (_, index) => ({
      finding: finding({ message: `${index}` }),
      wouldDeny: false,
    }));
    expect(warningTexts(thirty).at(-1)).toBe('[fuse-contract] 29');
    expect(warningTexts(thirty)).toHaveLength(30);
  });

  test('stay below the sum at which the API server cuts them all', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      finding: finding({ message: `${index} ${'y'.repeat(200)}` }),
      wouldDeny: false,
    }));
    const texts = warningTexts(many);
    expect(texts.join('').length).toBeLessThan(4096);
    expect(texts.at(-1)).toBe('and 471 more findings');
  });

  test('leave the last place to the rest only where something is left', () => {
    const distinct = Array.from({ length: 30 }, (_, index) => ({
      finding: finding({ message: `${index}` }),
      wouldDeny: false,
    }));
    const [first, last] = [distinct.slice(0, 1), distinct.slice(-1)];
    expect(warningTexts([...distinct.slice(0, -1), ...first, ...last])).toHaveLength(30);
    expect(warningTexts([...distinct.slice(0, -1), ...first, ...last]).at(-1)).toBe('[fuse-contract] 29');
  });

  test('say what enforce would do, and the same only once', () => {
    const twice = [finding(), finding()].map((one) => ({ finding: one, wouldDeny: true }));
    expect(warningTexts(twice)).toEqual(['would be denied: [fuse-contract] container "build" is wrong']);
  });
});
