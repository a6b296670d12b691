import { describe, expect, test } from 'vitest';
import { resultOf } from './groups.ts';
import type { ScannedFinding } from './judging.ts';
import { type Collected, collect, contentOf, mostBytes, mostResults, nothingCollected } from './report-content.ts';

function finding(said: Partial<ScannedFinding> = {}): ScannedFinding {
  return {
    check: 'privileged',
    severity: 'critical',
    action: 'deny',
    enforced: 'deny',
    failed: false,
    pointer: '/spec/containers/0/securityContext/privileged',
    place: { container: 'main' },
    message: 'container "main" is privileged',
    remedy: 'Drop privileged.',
    value: 'true',
    ...said,
  };
}

function object(name: string, findings: readonly ScannedFinding[], namespace = 'ci') {
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid: `uid-${name}` };
  return resultOf(reference, { findings, deniedBefore: undefined }, false);
}

function collected(...objects: readonly ReturnType<typeof object>[]): Collected {
  const all = nothingCollected();
  for (const one of objects) collect(all, one);
  return all;
}

const hint = 'pratique scan --namespace ci';

test('a finding becomes a result that names its object and its field', () => {
  expect(contentOf(collected(object('build', [finding()])), hint)).toEqual({
    summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
    results: [
      {
        source: 'pratique',
        policy: 'privileged',
        severity: 'critical',
        result: 'fail',
        scored: true,
        message: 'container "main" is privileged. Drop privileged.',
        resources: [{ apiVersion: 'v1', kind: 'Pod', namespace: 'ci', name: 'build', uid: 'uid-build' }],
        properties: { action: 'deny', field: 'spec.containers[0].securityContext.privileged' },
      },
    ],
  });
});

test.for([
  ['denied', {}, 'fail'],
  ['only recorded, since the namespace is observed', { action: 'audit' }, 'fail'],
  ['warned of', { action: 'warn', enforced: 'warn' }, 'warn'],
  ['noted', { action: 'audit', enforced: 'audit' }, 'warn'],
  ['that a check threw', { failed: true }, 'error'],
] as const)('what is %s has the right result', ([, said, result]) => {
  expect(contentOf(collected(object('build', [finding(said)])), hint).results[0]?.result).toBe(result);
});

test('an object without a namespace names none', () => {
  const { results } = contentOf(collected(object('sock', [finding()], '')), hint);
  expect(results[0]?.resources).toEqual([{ apiVersion: 'v1', kind: 'Pod', name: 'sock', uid: 'uid-sock' }]);
});

test('the order in which objects come makes no difference', () => {
  const objects = Array.from({ length: 1200 }, (_, index) =>
    object(`pod-${index}`, [finding({ severity: (['low', 'high', 'critical'] as const)[index % 3] ?? 'low' })]),
  );
  expect(contentOf(collected(...objects.toReversed()), hint)).toEqual(contentOf(collected(...objects), hint));
});

describe('of more than a report holds', () => {
  const many = (count: number, said: Partial<ScannedFinding> = {}) =>
    Array.from({ length: count }, (_, index) => object(`pod-${index}`, [finding(said)]));

  test('the worst are told, all are counted, and the rest is mentioned', () => {
    const minor = many(2000, { severity: 'low', action: 'warn', enforced: 'warn' });
    const { summary, results } = contentOf(collected(...minor, object('worst', [finding()])), hint);
    expect(summary).toEqual({ pass: 0, fail: 1, warn: 2000, error: 0, skip: 1 });
    expect(results.length).toBe(mostResults + 1);
    expect(results[0]).toMatchObject({ policy: 'privileged', result: 'fail' });
    expect(results.at(-1)).toMatchObject({
      result: 'skip',
      message: `1501 more findings are left out of this report; "${hint}" tells them all`,
      properties: { leftOut: '1501' },
    });
  });

  test('no more are held than will be told, and half as many again', () => {
    expect(collected(...many(5000)).results.length).toBeLessThanOrEqual(mostResults * 1.5);
  });

  test('long results are fewer', () => {
    const long = many(mostResults, { message: 'ü'.repeat(900), remedy: '', pointer: `/${'x'.repeat(900)}` });
    const content = contentOf(collected(...long), hint);
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThanOrEqual(mostBytes);
    expect(content.results.length).toBeGreaterThan(300);
    expect(content.results.length).toBeLessThan(mostResults);
    expect(content.summary.fail).toBe(mostResults);
  });

  test('as many as it holds are told without a word', () => {
    const { summary, results } = contentOf(collected(...many(mostResults)), hint);
    expect({ count: results.length, skip: summary.skip }).toEqual({ count: mostResults, skip: 0 });
  });
});
