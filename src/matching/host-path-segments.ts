/**
 * Ends the first segment of a canonical path: that of `/var/run` is `/var`, of `c:/users` it is `c:`, of `//./pipe` it
 * is `//.`; `/` has none, and the answer is 0.
 */
export function firstEnd(path: string): number {
  if (path === '/') return 0;
  return path.startsWith('//.') ? 3 : segmentEnd(path, 1);
}

/** Ends the segment that starts at an offset. */
export function segmentEnd(path: string, start: number): number {
  const end = path.indexOf('/', start);
  return end === -1 ? path.length : end;
}

/** The last segment of a canonical path; that of `/` is empty. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Puts `to` in the place of the first `end` characters of a canonical path. */
export function replacePrefix(path: string, end: number, to: string): string {
  const rest = path.slice(end);
  if (to !== '/') return to + rest;
  return rest === '' ? '/' : rest;
}

/** Splits a canonical path into its segments, the first one as `firstEnd` has it. */
export function segmentsOf(path: string): readonly string[] {
  const end = firstEnd(path);
  if (end === 0) return [];
  return end === path.length ? [path] : [path.slice(0, end), ...path.slice(end + 1).split('/')];
}
