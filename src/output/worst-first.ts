import type { ReportedFinding } from './result.ts';

const actions: Readonly<Record<ReportedFinding['action'], number>> = { deny: 0, warn: 1, audit: 2 };
const severities: Readonly<Record<ReportedFinding['severity'], number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** The findings of an object by action, then severity, then check id; those of one check stay in the object's order. */
export function worstFirst(findings: readonly ReportedFinding[]): readonly ReportedFinding[] {
  return findings.toSorted(
    (a, b) =>
      actions[a.action] - actions[b.action] ||
      severities[a.severity] - severities[b.severity] ||
      (a.check < b.check ? -1 : a.check > b.check ? 1 : 0),
  );
}
