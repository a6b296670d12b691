import { describe, expect, test } from 'vitest';
import { caseSubject, readCases } from '../../test/harness/cases.ts';
import { findingsInstead } from '../../test/harness/instead.ts';
import { ruleFor } from '../../test/harness/rules.ts';
import { findIn } from './check.ts';
import { checks } from './registry.ts';

const folder = new URL('./', import.meta.url);

describe.each(checks.map((check) => ({ id: check.id, check })))('$id', ({ id, check }) => {
  const cases = readCases(folder, id);

  test.each(cases.found)('finds $name', (one) => {
    const { site, at } = one;
    const findings = findIn(check, caseSubject(one), ruleFor(id, site).site);
    expect(findings.map(({ pointer }) => pointer)).toEqual(at);
    for (const finding of findings) {
      expect(finding).toMatchObject({ check: id, severity: check.severity });
      expect(finding.message).not.toBe('');
    }
  });

  test.each(cases.clean)('finds nothing in $name', (one) => {
    expect(findIn(check, caseSubject(one), ruleFor(id, one.site).site)).toEqual([]);
  });

  test('finds nothing in what to do instead, or what its allowance tolerates', () => {
    expect(findingsInstead(check, cases.instead.after)).toEqual([]);
  });

  test.each([
    ...cases.allowed.map((one) => ({ ...one, tolerated: true })),
    ...cases.refused.map((one) => ({ ...one, tolerated: false })),
  ])('is told $tolerated by the allowance of $name', ({ tolerated, ...one }) => {
    const rule = ruleFor(id, one.site, one.allow);
    const findings = findIn(check, caseSubject(one), rule.site);
    expect(findings).not.toEqual([]);
    expect(findings.every((finding) => rule.permits?.(finding))).toBe(tolerated);
  });
});
