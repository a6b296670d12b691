/** An alias: patterns of the segments that it begins with, and the path that they lead to. */
export interface Link {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/**
 * Writes the paths that reach a place as one regular expression: the states are a tree of segments, in which an alias leads
 * from where it ends to where its target is; what is read from there on is read as if the path had begun with the target.
 *
 * Places are lists of patterns of segments. `also` are alternatives that stand before all others.
 */
export function languageOf(places: readonly (readonly string[])[], links: readonly Link[], also: string): string {
  const root = newNode();
  for (const place of places) insertPlace(root, place);
  const hubs = linkAliases(root, links);
  fillPlaces(root);
  const bodies = new Map(hubs.map((hub) => [hub, bodyOf(hub, true, new Set(hubs))]));
  const graph = hubGraph(hubs);
  const { loop, first } = waysFrom(root, hubs, graph);
  const branches = hubs.flatMap((hub) => {
    const body = bodies.get(hub);
    const way = first.get(hub);
    return body === undefined || way === undefined ? [] : [way + body];
  });
  return `^(?:${also}${loop === undefined ? '' : starred(loop)}${grouped(branches)})$`;
}

/** The regular expression of what leads from the root to the root: as often as one likes. */
export function loopOf(links: readonly Link[]): string {
  const root = newNode();
  const hubs = linkAliases(root, links);
  const { loop } = waysFrom(root, hubs, hubGraph(hubs));
  return loop === undefined ? '' : starred(loop);
}

/** Escapes what RE2 and JavaScript both take for special, and nothing else: each character counts in CEL's cost. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A state of the automaton: what can still be read from here. */
interface Node {
  readonly edges: Map<string, Node>;
  /** What is here, or below, is inside of a place. */
  isPlace: boolean;
  /** A place is below. */
  isAbove: boolean;
  /** Where an alias that ends here leads. */
  readonly links: Set<Node>;
}

function newNode(): Node {
  return { edges: new Map(), isPlace: false, isAbove: false, links: new Set() };
}

function insertPlace(root: Node, patterns: readonly string[]): void {
  let node = root;
  for (const pattern of patterns) {
    node.isAbove = true;
    node = child(node, pattern);
  }
  node.isPlace = true;
}

function child(node: Node, pattern: string): Node {
  const known = node.edges.get(pattern);
  if (known !== undefined) return known;
  const added = newNode();
  node.edges.set(pattern, added);
  return added;
}

/** Adds the aliases and gives the states that they lead to, the root first: what is read there may be read again. */
function linkAliases(root: Node, links: readonly Link[]): readonly Node[] {
  const ends = links.map(({ from, to }) => ({ from: nodeAt(root, from), to }));
  for (const { to } of ends) nodeAt(root, to.map(literal));
  const hubs = new Set([root]);
  for (const { from, to } of ends) {
    for (const target of statesAt(root, to)) {
      if (target === from) continue;
      from.links.add(target);
      hubs.add(target);
    }
  }
  return [...hubs];
}

function nodeAt(root: Node, patterns: readonly string[]): Node {
  return patterns.reduce(child, root);
}

/** Every state that a path without wildcards can be in: an edge may be a pattern that it fits. */
function statesAt(root: Node, segments: readonly string[]): readonly Node[] {
  let states = [root];
  for (const segment of segments) {
    states = states.flatMap((state) =>
      [...state.edges].filter(([pattern]) => new RegExp(`^${pattern}$`).test(segment)).map(([, next]) => next),
    );
  }
  return states;
}

/** What is below a place is inside of it, also where an alias leads there. */
function fillPlaces(node: Node): void {
  for (const next of node.edges.values()) {
    next.isPlace ||= node.isPlace;
    fillPlaces(next);
  }
}

/** What can be read from a state to an end without coming to another hub; undefined when nothing can. */
function bodyOf(node: Node, isStart: boolean, hubs: ReadonlySet<Node>): string | undefined {
  if (!isStart && hubs.has(node)) return undefined;
  if (node.isPlace) return '(?:/.*)?';
  const parts: string[] = [];
  for (const [pattern, next] of node.edges) {
    const body = bodyOf(next, false, hubs);
    if (body !== undefined) parts.push(`/${pattern}${body}`);
  }
  if (parts.length === 0) return node.isAbove ? '' : undefined;
  const tail = shared(parts);
  return node.isAbove ? `(?:${tail})?` : grouped([tail]);
}

/** Alternatives, with the end that they share written once. */
function shared(parts: readonly string[]): string {
  const open = '(?:/.*)?';
  const closed = parts.filter((part) => part.endsWith(open)).map((part) => part.slice(0, -open.length));
  const others = parts.filter((part) => !part.endsWith(open));
  if (closed.length < 2) return parts.join('|');
  return [`${grouped(closed)}${open}`, ...others].join('|');
}

type Graph = ReadonlyMap<Node, ReadonlyMap<Node, string>>;

/** What is read between one hub and the next. */
function hubGraph(hubs: readonly Node[]): Graph {
  const known = new Set(hubs);
  return new Map(hubs.map((hub) => [hub, alternatives(waysOf(hub, '', known, true))]));
}

function waysOf(node: Node, read: string, hubs: ReadonlySet<Node>, isStart: boolean): readonly [Node, string][] {
  if (!isStart && hubs.has(node)) return [[node, read]];
  // Whatever is read from here on is inside of a place.
  if (node.isPlace) return [];
  const links = [...node.links].map((target): [Node, string] => [target, read]);
  const further = [...node.edges].flatMap(([pattern, next]) => waysOf(next, `${read}/${pattern}`, hubs, false));
  return [...links, ...further];
}

function alternatives(ways: readonly [Node, string][]): ReadonlyMap<Node, string> {
  return new Map([...Map.groupBy(ways, ([target]) => target)].map(([target, all]) => [target, grouped(texts(all))]));
}

function texts(ways: readonly [Node, string][]): readonly string[] {
  return [...new Set(ways.map(([, text]) => text))];
}

interface Ways {
  /** What leads from the root to the root. */
  readonly loop: string | undefined;
  /** What leads to each hub without coming to the root again. */
  readonly first: ReadonlyMap<Node, string>;
}

/** Solves the graph by taking one hub after the other out of it (Brzozowski, McCluskey). */
function waysFrom(root: Node, hubs: readonly Node[], graph: Graph): Ways {
  const others = hubs.filter((hub) => hub !== root);
  const first = new Map<Node, string>([[root, '']]);
  for (const hub of others) {
    const way = wayTo(hub, { root, others, graph });
    if (way !== undefined) first.set(hub, way);
  }
  return { loop: wayTo(root, { root, others, graph }), first };
}

interface Hubs {
  readonly root: Node;
  readonly others: readonly Node[];
  readonly graph: Graph;
}

/** What is read from the root to a hub, or back to the root, without coming to the root in between. */
function wayTo(target: Node, { root, others, graph }: Hubs): string | undefined {
  const end = newNode();
  const edges = new Map([root, ...others].map((hub) => [hub, new Map(graph.get(hub))]));
  for (const ways of edges.values()) {
    const back = ways.get(root);
    ways.delete(root);
    if (back !== undefined && target === root) ways.set(end, back);
  }
  if (target !== root) edges.get(target)?.set(end, '');
  for (const hub of others) eliminate(hub, edges);
  return edges.get(root)?.get(end);
}

function eliminate(hub: Node, edges: Map<Node, Map<Node, string>>): void {
  const out = edges.get(hub) ?? new Map<Node, string>();
  edges.delete(hub);
  const loop = out.get(hub);
  out.delete(hub);
  const repeated = loop === undefined ? '' : starred(loop);
  for (const ways of edges.values()) {
    const way = ways.get(hub);
    if (way === undefined) continue;
    ways.delete(hub);
    for (const [target, rest] of out) {
      const known = ways.get(target);
      const added = `${way}${repeated}${rest}`;
      ways.set(target, known === undefined || known === added ? added : grouped([known, added]));
    }
  }
}

function starred(text: string): string {
  if (text === '') return '';
  return `${text.startsWith('(?:') && isOneGroup(text) ? text : `(?:${text})`}*`;
}

function grouped(parts: readonly string[]): string {
  const [only, second] = parts;
  if (second === undefined && only !== undefined && !only.includes('|')) return only;
  if (second === undefined && only !== undefined && isOneGroup(only)) return only;
  return `(?:${parts.join('|')})`;
}

/** Whether a text is one group as a whole. */
function isOneGroup(text: string): boolean {
  if (!text.startsWith('(?:') || !text.endsWith(')')) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '(') depth++;
    else if (text[index] === ')' && --depth === 0) return index === text.length - 1;
  }
  return false;
}
