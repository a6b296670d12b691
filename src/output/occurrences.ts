import type { ObjectResult, ReadError } from './result.ts';
import { shownObject } from './shown.ts';

/** Counts, from 1, how often a key has been met within a scope. */
export type Occurrences = (scope: string, key: string) => number;

/** Starts to count; another scope than the last forgets what was met, so that memory holds one scope. */
export function occurrences(): Occurrences {
  let current: string | undefined;
  const met = new Map<string, number>();
  return (scope, key) => {
    if (scope !== current) {
      current = scope;
      met.clear();
    }
    const count = (met.get(key) ?? 0) + 1;
    met.set(key, count);
    return count;
  };
}

/** The scope in which an object may have a double: its file, or, in a cluster, where there are none, itself. */
export function scopeOf(result: ObjectResult | ReadError): string {
  if (result.file !== '') return `file ${result.file}`;
  return 'kind' in result ? `object ${shownObject(result)}` : 'cluster';
}
