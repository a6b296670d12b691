import { canonicalHostPath, type ReadableHostPath } from './host-path.ts';
import { firstEnd, segmentEnd, segmentsOf } from './host-path-segments.ts';

/** rw: some mount can write; ro: all mounts are read-only; rro: recursively so (KEP-3857), or there is no mount. */
export type PathAccess = 'rw' | 'ro' | 'rro';

/** Whether a host path, spelled as it was sent, is tolerated with the access that its mounts give. */
export type AllowedPaths = (path: string, access: PathAccess) => boolean;

/** A host path that is tolerated. */
export interface AllowedPathEntry {
  readonly path: string;
  /** Whether every mount must be read-only; one that may be written to is exact, see `allowedPathProblem`. */
  readonly readOnly: boolean;
  /** Whether it covers what is below it, too. */
  readonly tree: boolean;
  /** accept: the mounts of a tree need not be recursively read-only. */
  readonly submounts: 'reject' | 'accept';
}

/** A writable entry that gives a hold on another one, both by their index in the list. */
export interface Overlap {
  readonly writable: number;
  readonly other: number;
  /** inside: the other one is a tree, and so covers what is below the writable entry. */
  readonly reach: 'equal' | 'above' | 'inside';
}

interface Candidate {
  readonly entry: AllowedPathEntry;
  readonly forms: ReadonlySet<string>;
}

/**
 * Compiles allowed paths.
 *
 * A host path is covered when each of its forms is one of the forms of one entry, or for a tree at or below one of
 * them: `/run/x` does not cover `/var/run/x`, which on some node is another place, but `/var/run/x` covers both. Two
 * entries never add up, and no form alone is enough. A read-only entry wants all mounts read-only; a tree wants them
 * recursively so, because another file system may be mounted writable below it. An entry that `allowedPathProblem`
 * complains of covers nothing.
 *
 * A look-up takes as long as the path is, and is flat in the number of entries.
 */
export function compileAllowedPaths(entries: readonly AllowedPathEntry[]): AllowedPaths {
  const exact = new Map<string, Candidate[]>();
  const trees = new Map<string, Candidate[]>();
  let deepest = 0;
  for (const entry of entries) {
    const forms = formsOf(entry);
    const candidate = { entry, forms: new Set(forms) };
    for (const form of forms) {
      if (entry.tree) deepest = Math.max(deepest, segmentsOf(form).length);
      listed(entry.tree ? trees : exact, form).push(candidate);
    }
  }
  return (path, access) => {
    const canonical = canonicalHostPath(path);
    if (canonical.kind === 'unreadable') return false;
    const { forms } = canonical;
    // The runtime resolves a relative path against a folder of its own, so nobody knows what it would be.
    if (forms[0].system === 'linux' && !path.startsWith('/')) return false;
    const own = forms[0].path;
    for (const candidate of exact.get(own) ?? []) {
      if (suffices(candidate.entry, access) && forms.every((form) => candidate.forms.has(form.path))) return true;
    }
    return isInTree(trees, deepest, forms, access);
  };
}

/** Says what is wrong with an entry, or undefined: a clause such as `is empty`. */
export function allowedPathProblem(entry: AllowedPathEntry): string | undefined {
  const canonical = canonicalHostPath(entry.path);
  if (canonical.kind === 'unreadable') return canonical.problem;
  if (!entry.tree || entry.readOnly) return undefined;
  return 'is a tree that may be written to: whoever writes there can place a link to any other path of the node';
}

/**
 * Finds writable entries that are equal to or above another entry, or inside of a tree: through the one, what the other
 * covers could be replaced by a link, which the runtime follows on the node. For each writable entry the first such
 * other is told.
 *
 * Two writable entries for the same path are one allowance, and no overlap. Time is linear in the entries.
 */
export function overlapsWritable(entries: readonly AllowedPathEntry[]): readonly Overlap[] {
  const forms = entries.map(formsOf);
  const writable = new Map<string, number[]>();
  const trees = new Map<string, number>();
  for (const [index, { readOnly, tree }] of entries.entries()) {
    for (const form of forms[index] ?? []) {
      if (!readOnly) listed(writable, form).push(index);
      else if (tree && !trees.has(form)) trees.set(form, index);
    }
  }
  const found = new Map<number, Overlap>();
  for (const [index, { readOnly }] of entries.entries()) {
    for (const form of forms[index] ?? []) {
      for (const path of pathsAbove(form)) {
        const reach = path === form ? 'equal' : 'above';
        for (const above of writable.get(path) ?? []) {
          if (!found.has(above) && (readOnly || reach === 'above'))
            found.set(above, { writable: above, other: index, reach });
        }
        const tree = readOnly ? undefined : trees.get(path);
        if (tree !== undefined && !found.has(index) && reach === 'above')
          found.set(index, { writable: index, other: tree, reach: 'inside' });
      }
    }
  }
  return [...found.values()].toSorted((a, b) => a.writable - b.writable);
}

function formsOf(entry: AllowedPathEntry): readonly string[] {
  if (entry.tree && !entry.readOnly) return [];
  const canonical = canonicalHostPath(entry.path);
  return canonical.kind === 'unreadable' ? [] : canonical.forms.map(({ path }) => path);
}

function listed<T>(map: Map<string, T[]>, key: string): T[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const added: T[] = [];
  map.set(key, added);
  return added;
}

function suffices({ readOnly, tree, submounts }: AllowedPathEntry, access: PathAccess): boolean {
  if (!readOnly) return true;
  return access === 'rro' || (access === 'ro' && (!tree || submounts === 'accept'));
}

function isInTree(
  trees: ReadonlyMap<string, readonly Candidate[]>,
  deepest: number,
  forms: ReadableHostPath['forms'],
  access: PathAccess,
): boolean {
  for (const above of pathsAbove(forms[0].path, deepest)) {
    for (const { entry, forms: roots } of trees.get(above) ?? []) {
      if (suffices(entry, access) && forms.every(({ path }) => isBelow(path, roots, deepest))) return true;
    }
  }
  return false;
}

function isBelow(path: string, roots: ReadonlySet<string>, deepest: number): boolean {
  for (const above of pathsAbove(path, deepest)) if (roots.has(above)) return true;
  return false;
}

/** The paths above a canonical path and itself, from the root on, down to a number of segments. */
function* pathsAbove(path: string, deepest = Number.POSITIVE_INFINITY): Generator<string> {
  if (path.startsWith('/') && !path.startsWith('//')) yield '/';
  if (path === '/') return;
  let depth = 0;
  for (let end = firstEnd(path); ; end = segmentEnd(path, end + 1)) {
    if (++depth > deepest) return;
    yield path.slice(0, end);
    if (end === path.length) return;
  }
}
