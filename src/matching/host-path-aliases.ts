import { firstEnd, replacePrefix, segmentEnd, segmentsOf } from './host-path-segments.ts';

/**
 * Two names of one place: what is at or below `from` is also at or below `to`.
 *
 * In `from`, any segment but the first may be `*` (any name), `boot*` (a name that starts so), `<number>`, or `<task>`
 * (`self`, `thread-self` or a number).
 */
export interface Alias {
  readonly from: string;
  readonly to: string;
}

/** Another canonical form of a path. */
export interface Rewriting {
  readonly path: string;
  /** Why it is the same place, such as `/var/run is /run`. */
  readonly step: string;
}

/** Rewrites a canonical path by every alias that fits its beginning. */
export type Rewrite = (path: string) => readonly Rewriting[];

type Matches = (segment: string) => boolean;

const noRewritings: readonly Rewriting[] = Object.freeze([]);

/** Compiles aliases, so that a path is only held against those that start with its own first segment. */
export function compileAliases(aliases: readonly Alias[]): Rewrite {
  const byFirst = new Map<string, { readonly rest: readonly Matches[]; readonly to: string }[]>();
  for (const { from, to } of aliases) {
    const [first = '', ...rest] = segmentsOf(from);
    const compiled = { rest: rest.map(segmentTest), to };
    const others = byFirst.get(first);
    if (others === undefined) byFirst.set(first, [compiled]);
    else others.push(compiled);
  }
  return (path) => {
    const first = firstEnd(path);
    const candidates = byFirst.get(path.slice(0, first));
    if (candidates === undefined) return noRewritings;
    const rewritings: Rewriting[] = [];
    for (const { rest, to } of candidates) {
      const end = matchEnd(rest, path, first);
      if (end === -1) continue;
      rewritings.push({ path: replacePrefix(path, end, to), step: `${path.slice(0, end)} is ${to}` });
    }
    return rewritings;
  };
}

/** Where the match ends, or -1. */
function matchEnd(rest: readonly Matches[], path: string, from: number): number {
  let end = from;
  for (const matches of rest) {
    if (end >= path.length) return -1;
    const start = end + 1;
    end = segmentEnd(path, start);
    if (!matches(path.slice(start, end))) return -1;
  }
  return end;
}

function segmentTest(pattern: string): Matches {
  if (pattern === '<number>') return (segment) => /^\d+$/.test(segment);
  if (pattern === '<task>') return (segment) => /^(?:self|thread-self|\d+)$/.test(segment);
  if (!pattern.endsWith('*')) return (segment) => segment === pattern;
  const prefix = pattern.slice(0, -1);
  return (segment) => segment.startsWith(prefix);
}
