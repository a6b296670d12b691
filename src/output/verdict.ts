import type { ObjectResult, ReportedFinding } from './result.ts';

/** What the findings of an object come to. */
export function verdictOf(findings: readonly ReportedFinding[]): ObjectResult['verdict'] {
  if (findings.some(({ action }) => action === 'deny')) return 'deny';
  return findings.some(({ action }) => action === 'warn') ? 'warn' : 'allow';
}

const ranks: Readonly<Record<ReportedFinding['action'], number>> = { deny: 0, warn: 1, audit: 2 };

/** The worst first; else as they were. */
export function inOrder<T extends ReportedFinding>(findings: readonly T[]): readonly T[] {
  return findings.toSorted((a, b) => ranks[a.action] - ranks[b.action]);
}
