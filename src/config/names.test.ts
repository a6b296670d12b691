import { describe, expect, test } from 'vitest';
import {
  endOf,
  extendedResourceProblem,
  gatedResourceProblem,
  labelKeyProblem,
  labelNameProblem,
  labelValueProblem,
  literalProblem,
  nameProblem,
  namespacePatternProblem,
  subdomainProblem,
} from './names.ts';

describe.each([
  { what: nameProblem, good: ['ci', 'a.b-c', '7'], bad: ['', 'CI', '-a', 'a-', 'a b', 'x'.repeat(64)] },
  { what: labelNameProblem, good: ['build', 'container-0'], bad: ['', 'a.b', 'A', '-', 'x'.repeat(64)] },
  { what: namespacePatternProblem, good: ['gitlab', 'ci-*', '*', '**'], bad: ['', 'CI', 'ci-?', 'a/*', 'A*', '***'] },
  { what: subdomainProblem, good: ['untrusted', 'a.b'], bad: ['', 'a..b', 'A', 'a_b', `${'x'.repeat(254)}`] },
  { what: labelKeyProblem, good: ['mount-fuse', 'example.com/fuse'], bad: ['', '/x', 'a/b/c', 'A.com/x', '-x'] },
  { what: labelValueProblem, good: ['', 'true', 'A_b.c'], bad: ['a b', '-', 'x'.repeat(64)] },
  {
    what: extendedResourceProblem,
    good: ['squat.ai/fuse', 'github.com/fuse'],
    bad: ['cpu', 'kubernetes.io/fuse', 'x.kubernetes.io/y', 'requests.squat.ai/fuse', 'squat.ai/', 'a/b/c', ''],
  },
  {
    what: gatedResourceProblem,
    good: ['squat.ai/fuse', 'deviceclass.resource.kubernetes.io/fuse'],
    bad: ['deviceclass.resource.kubernetes.io/', 'other.kubernetes.io/fuse', 'memory'],
  },
  { what: literalProblem, good: ['oidc:sre', 'system:masters'], bad: ['', 'sre-*', 'x'.repeat(513)] },
])('$what.name', ({ what, good, bad }) => {
  test.each(good)('accepts %j', (name) => {
    expect(what(name)).toBeUndefined();
  });

  test.each(bad)('refuses %j', (name) => {
    expect(what(name)).toMatch(/^(is|has|can)/);
  });
});

describe('an expiry', () => {
  test.each([
    ['2027-06-30', Date.UTC(2027, 6, 1) - 1],
    ['2028-02-29', Date.UTC(2028, 2, 1) - 1],
    ['2027-12-31', Date.UTC(2028, 0, 1) - 1],
    ['2027-06-30T00:00:00Z', Date.UTC(2027, 6, 1) - 1],
    ['2027-06-30T00:00:00.000Z', Date.UTC(2027, 6, 1) - 1],
    ['never', Number.POSITIVE_INFINITY],
  ])('%s ends with its day, in UTC', (expires, end) => {
    expect(endOf(expires)).toBe(end);
  });

  test.each(['2027-02-29', '2027-13-01', '2027-00-01', '2027-1-1', '30.06.2027', '2027-06-30T00:00:01Z', '', 'Never'])(
    '%j is none',
    (expires) => {
      expect(endOf(expires)).toBeUndefined();
    },
  );
});
