import type { ObjectResult, Totals } from './result.ts';

/** Totals that are still counted. */
export type RunningTotals = { -readonly [K in keyof Totals]: Totals[K] };

/** Counts of nothing. */
export function noTotals(): RunningTotals {
  return { files: 0, objects: 0, denied: 0, warned: 0, errors: 0 };
}

/** Counts an object that was judged. */
export function countResult(totals: RunningTotals, { verdict }: ObjectResult): void {
  totals.objects++;
  if (verdict === 'deny') totals.denied++;
  if (verdict === 'warn') totals.warned++;
}
