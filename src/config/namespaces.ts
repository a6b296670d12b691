import { compileGlob, isGlob } from '../matching/glob.ts';

/** Nothing that Kubernetes names is longer. */
const longestName = 253;

/** Lists of namespace names and globs, looked up by namespace. */
export interface NamespaceIndex {
  /** The index of the first list that matches, or undefined. */
  first(namespace: string): number | undefined;
  /** The indices of all lists that match, in order. */
  all(namespace: string): readonly number[];
}

/**
 * Indexes lists of patterns: names by a Map, so that their number costs nothing; globs are tried one after the other,
 * and so the caller remembers what came out.
 */
export function indexNamespaces(lists: Iterable<readonly string[]>): NamespaceIndex {
  const literals = new Map<string, number[]>();
  const globs: Glob[] = [];
  let index = 0;
  for (const patterns of lists) {
    for (const pattern of patterns) {
      if (isGlob(pattern)) globs.push({ index, head: headOf(pattern), matches: compileGlob(pattern) });
      else add(literals, pattern, index);
    }
    index++;
  }
  return {
    first(namespace) {
      const literal = literals.get(namespace)?.[0];
      const glob = globs.find((one) => (literal === undefined || one.index < literal) && isMatch(one, namespace));
      return glob?.index ?? literal;
    },
    all(namespace) {
      const found = new Set(literals.get(namespace));
      for (const one of globs) if (!found.has(one.index) && isMatch(one, namespace)) found.add(one.index);
      return [...found].sort((a, b) => a - b);
    },
  };
}

function add(lists: Map<string, number[]>, pattern: string, index: number): void {
  const known = lists.get(pattern);
  if (known === undefined) lists.set(pattern, [index]);
  else known.push(index);
}

interface Glob {
  readonly index: number;
  /** What stands before the first star: most names are ruled out by it, at a fraction of the cost. */
  readonly head: string;
  readonly matches: (namespace: string) => boolean;
}

function isMatch({ head, matches }: Glob, namespace: string): boolean {
  return namespace.startsWith(head) && matches(namespace);
}

function headOf(pattern: string): string {
  return pattern.slice(0, pattern.indexOf('*'));
}

/**
 * Remembers what a pure function of a name gave.
 *
 * Names come from requests, so that only `limit` of them are kept, and none that is too long to be one: then it starts
 * anew.
 */
export function remembered<T>(compute: (name: string) => T, limit = 4096): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = compute(name);
    if (name.length > longestName) return value;
    if (known.size >= limit) known.clear();
    known.set(name, value);
    return value;
  };
}

/** Whether both of two patterns match some name; namespaces have no `/`, so that `*` and `**` are the same. */
export function patternsMeet(left: string, right: string): boolean {
  if (!isGlob(left)) return isGlob(right) ? compileGlob(right)(left) : left === right;
  if (!isGlob(right)) return compileGlob(left)(right);
  const [a, b] = [left.replaceAll('**', '*'), right.replaceAll('**', '*')];
  // Two globs meet when their literal beginnings and their literal ends agree as far as both go: what lies between the
  // first and the last star of each can always be chosen to hold both middles, one after the other.
  const [headA, headB] = [headOf(a), headOf(b)];
  const [tailA, tailB] = [a.slice(a.lastIndexOf('*') + 1), b.slice(b.lastIndexOf('*') + 1)];
  return (headA.startsWith(headB) || headB.startsWith(headA)) && (tailA.endsWith(tailB) || tailB.endsWith(tailA));
}
