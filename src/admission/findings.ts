import { type Finding, findIn } from '../checks/check.ts';
import type { Rule } from '../config/policy.ts';
import type { Subject } from '../kubernetes/subject.ts';

/** A finding with the rule that it came from. */
export interface Found {
  readonly rule: Rule;
  readonly finding: Finding;
}

const nothing: readonly Found[] = Object.freeze([]);

/**
 * Runs the rules of a profile on a subject, and never throws: a check that throws becomes a finding that nothing
 * tolerates, and the other checks still run.
 */
export function findAll(rules: readonly Rule[], subject: Subject): readonly Found[] {
  let found: Found[] | undefined;
  for (const rule of rules) {
    const findings = findingsOf(rule, subject);
    if (findings.length === 0) continue;
    found ??= [];
    for (const finding of findings) found.push({ rule, finding });
  }
  return found ?? nothing;
}

function findingsOf(rule: Rule, subject: Subject): readonly Finding[] {
  try {
    return findIn(rule.check, subject, rule.site);
  } catch {
    return [
      {
        check: rule.check.id,
        severity: rule.check.severity,
        pointer: subject.specAt,
        place: {},
        message: `the check ${rule.check.id} failed on this object, so that nothing could be proved`,
        value: 'failed',
        remedy: 'Report it to the platform team: the log of the webhook has the review.',
        failed: true,
      },
    ];
  }
}
