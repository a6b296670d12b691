import type { HostPathForm, ReadableHostPath } from './host-path.ts';
import { canonicalHostPath } from './host-path.ts';
import { firstEnd, segmentEnd, segmentsOf } from './host-path-segments.ts';

/** Places on a node and what they are; a segment of a path may be `*`, or have one `*` in it. */
export interface HostPathGroup {
  readonly what: string;
  readonly paths: readonly string[];
  /** What to do instead, where that is special: an imperative sentence. */
  readonly remedy?: string;
}

/** How a host path reaches a place: it is the place, lies inside of it, or holds it (is above). */
export type Reach = 'equal' | 'inside' | 'above';

/** A place that a host path reaches. */
export interface HostPathHit {
  /** The place, as it was written. */
  readonly place: string;
  /** What the place is; empty for a place of the site. */
  readonly what: string;
  readonly remedy: string | undefined;
  readonly reach: Reach;
  /** The form of the host path that reaches it. */
  readonly form: HostPathForm;
}

/** A set of places, compiled: a look-up takes as long as the places are deep, however many there are. */
export interface HostPathIndex {
  /** The place that a host path reaches: by its first form that reaches any, the deepest, else the first listed. */
  find(path: ReadableHostPath): HostPathHit | undefined;
}

interface Place {
  readonly path: string;
  readonly what: string;
  readonly remedy: string | undefined;
}

interface Node {
  readonly exact: Map<string, Node>;
  readonly wild: Wild[];
  /** The place that is here. */
  place: Place | undefined;
  /** The first listed place that is below. */
  below: Place | undefined;
}

interface Wild {
  readonly prefix: string;
  readonly suffix: string;
  readonly node: Node;
}

/** Compiles places of the product: they are written canonically, and may have wildcards. */
export function compileHostPathGroups(groups: readonly HostPathGroup[]): HostPathIndex {
  const root = emptyNode();
  for (const { what, paths, remedy } of groups) {
    for (const path of paths) insert(root, path, { path, what, remedy }, true);
  }
  return { find: (path) => findIn(root, path) };
}

/**
 * Compiles places of a site, as an operator writes them: each counts under all its names, and `*` is literal.
 *
 * An unreadable path is left out; `hostPathProblem` says why.
 */
export function compileHostPaths(paths: readonly string[]): HostPathIndex {
  const root = emptyNode();
  for (const path of paths) {
    const canonical = canonicalHostPath(path);
    if (canonical.kind === 'unreadable') continue;
    for (const form of canonical.forms) insert(root, form.path, { path, what: '', remedy: undefined }, false);
  }
  return { find: (path) => findIn(root, path) };
}

/** Says why a path that an operator wrote cannot be compiled, or undefined: a clause such as `is empty`. */
export function hostPathProblem(path: string): string | undefined {
  const canonical = canonicalHostPath(path);
  return canonical.kind === 'unreadable' ? canonical.problem : undefined;
}

function emptyNode(): Node {
  return { exact: new Map(), wild: [], place: undefined, below: undefined };
}

function insert(root: Node, path: string, place: Place, wildcards: boolean): void {
  let node = root;
  for (const segment of segmentsOf(path)) {
    node.below ??= place;
    node = child(node, segment, wildcards);
  }
  node.place ??= place;
}

function child(node: Node, segment: string, wildcards: boolean): Node {
  const star = wildcards ? segment.indexOf('*') : -1;
  if (star === -1) {
    const known = node.exact.get(segment);
    if (known !== undefined) return known;
    const added = emptyNode();
    node.exact.set(segment, added);
    return added;
  }
  const prefix = segment.slice(0, star);
  const suffix = segment.slice(star + 1);
  const known = node.wild.find((one) => one.prefix === prefix && one.suffix === suffix);
  if (known !== undefined) return known.node;
  const added = emptyNode();
  node.wild.push({ prefix, suffix, node: added });
  return added;
}

function findIn(root: Node, path: ReadableHostPath): HostPathHit | undefined {
  for (const form of path.forms) {
    const found = visit(root, form, 0, firstEnd(form.path));
    if (found === undefined) continue;
    const { place, reach } = found;
    return { place: place.path, what: place.what, remedy: place.remedy, reach, form };
  }
  return undefined;
}

interface Found {
  readonly place: Place;
  readonly reach: Reach;
}

/** Goes down by the segment between two offsets; there is none left where they are the same. */
function visit(node: Node, form: HostPathForm, start: number, end: number): Found | undefined {
  if (start >= end) {
    if (node.place !== undefined) return { place: node.place, reach: 'equal' };
    return node.below === undefined ? undefined : { place: node.below, reach: 'above' };
  }
  const segment = form.path.slice(start, end);
  const next = end + 1;
  const nextEnd = segmentEnd(form.path, next);
  const exact = node.exact.get(segment);
  let found = exact === undefined ? undefined : visit(exact, form, next, nextEnd);
  for (let index = 0; found === undefined && index < node.wild.length; index++) {
    const wild = node.wild[index] as Wild;
    if (fits(segment, wild)) found = visit(wild.node, form, next, nextEnd);
  }
  if (form.system === 'windows') {
    for (const one of longNames(node, segment)) found ??= visit(one, form, next, nextEnd);
  }
  if (found !== undefined) return found;
  return node.place === undefined ? undefined : { place: node.place, reach: 'inside' };
}

function fits(segment: string, { prefix, suffix }: Wild): boolean {
  return segment.length >= prefix.length + suffix.length && segment.startsWith(prefix) && segment.endsWith(suffix);
}

/**
 * What an 8.3 name (`progra~3`) may stand for: every name that begins like it. Of a name with many neighbours only the
 * first two characters are kept, the rest is a hash.
 */
function longNames(node: Node, segment: string): readonly Node[] {
  const [, start] = /^([^~]{1,2})[^~]{0,4}~\d/.exec(segment) ?? [];
  if (start === undefined) return [];
  return [...node.exact].filter(([name]) => name.startsWith(start)).map(([, one]) => one);
}
