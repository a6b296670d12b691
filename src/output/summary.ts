import type { Totals } from './result.ts';

/**
 * What a run comes to, in one line: `3 files, 12 objects: 2 denied, 1 warned, 1 could not be read`.
 *
 * `noted` is the number of objects with findings that neither deny nor warn. Without files, as in a cluster, only the
 * objects are counted; a run that met no object says that there was nothing to check, which is not the same as clean.
 */
export function summary(totals: Totals, noted: number): string {
  const counts = [
    [totals.denied, 'denied'],
    [totals.warned, 'warned'],
    [noted, 'noted'],
    [totals.errors, 'could not be read'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const clean = totals.objects === 0 ? 'nothing to check' : 'clean';
  const files = totals.files === 0 ? '' : `${counted(totals.files, 'file')}, `;
  return `${files}${counted(totals.objects, 'object')}: ${told.length === 0 ? clean : told.join(', ')}`;
}

/** A number with its noun: `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
