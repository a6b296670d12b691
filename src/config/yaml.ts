import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
  type Tags,
  type YAMLMap,
} from 'yaml';
import { type Complaint, type DocumentPath, messageOf, quoted } from './problem.ts';

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as plain data; objects have no prototype, so that no key of the user's can reach one. */
export type YamlResult =
  | {
      readonly kind: 'document';
      readonly value: unknown;
      /** Where a path is in the text; of a path that is not there, where its nearest parent is. */
      locate(path: DocumentPath): Position;
    }
  | { readonly kind: 'invalid'; readonly problems: readonly (Complaint & { readonly position: Position })[] };

/** What a text may be at most, and what its keys may be. */
export interface YamlLimits {
  readonly length: number;
  /** What is said of a longer one: `is larger than …`. */
  readonly tooLong: string;
  readonly depth: number;
  /** Values that it may stand for, each use of an alias counted anew. */
  readonly values: number;
  /** Whether numbers and booleans are keys by what was written, as in kubectl; else they are errors. */
  readonly anyKeys: boolean;
}

const configurationLimits: YamlLimits = {
  length: 1024 * 1024,
  tooLong: 'is larger than 1 MiB, more than a ConfigMap can hold',
  depth: 40,
  values: 200_000,
  anyKeys: false,
};

/**
 * Reads one YAML document as kubectl and Helm do: YAML 1.1, duplicate keys are errors, merge keys and aliases are
 * followed, dates stay strings (sigs.k8s.io/yaml).
 *
 * Never throws: whatever is wrong is a problem with its position.
 */
export function readYaml(text: string, limits: YamlLimits = configurationLimits): YamlResult {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > limits.length) return invalid([complaint(limits.tooLong, at(0))]);
  try {
    const documents = parse(text, lines);
    const faults = documents.flatMap((document) => [...document.errors, ...document.warnings]);
    if (faults.length > 0) {
      return invalid(faults.slice(0, 50).map(({ message, pos }) => complaint(reasonOf(message), at(pos[0]))));
    }
    const [document, another] = documents;
    if (document === undefined) return invalid([complaint('has no YAML document', at(0))]);
    if (another !== undefined) {
      const position = at(another.range?.[0] ?? 0);
      return invalid([complaint('has more than one YAML document: a configuration is exactly one', position)]);
    }
    return converted(document.contents, at, limits);
  } catch (error) {
    // The parser recurses, and has its own ways to fail on hostile texts; nobody else's code runs in this block.
    return invalid([complaint(reasonOf(messageOf(error)), at(0))]);
  }
}

function parse(text: string, lines: LineCounter) {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    customTags: jsonTags,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    // Checked below, in time that does not grow with the square of the number of keys.
    uniqueKeys: false,
  });
  return documents.filter((document) => !isEmpty(document.contents) || document.errors.length > 0);
}

/** Whether there is nothing between the markers of a document, as after a last `---`: kubectl passes it over, too. */
function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

function reasonOf(message: string): string {
  return message.includes('call stack') ? 'is nested too deeply' : `is no valid YAML: ${message}`;
}

/** Only what JSON has: a timestamp stays a string, and `!!binary`, `!!set` and their like are unknown tags. */
function jsonTags(tags: Tags): Tags {
  const known = new Set(['map', 'seq', 'str', 'null', 'bool', 'int', 'merge'].map((tag) => `tag:yaml.org,2002:${tag}`));
  const isKnown = (tag: Tags[number]) =>
    typeof tag === 'string' || (known.has(tag.tag) && !('format' in tag && tag.format === 'TIME'));
  return [...tags.filter(isKnown), float];
}

/** Floats as go-yaml resolves them (resolve.go, yamlStyleFloat): the package takes the name `e-0` for one. */
const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number',
  test: /^[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/,
  resolve: (text) => Number(text.replace(/\.inf$/i, 'Infinity').replace(/^\.nan$/i, 'NaN')),
};

function converted(contents: unknown, at: (offset: number) => Position, limits: YamlLimits): YamlResult {
  const conversion: Conversion = { problems: [], offsets: new WeakMap(), anchors: new Map(), values: 0, limits };
  const value = toValue(contents, [], conversion);
  if (conversion.problems.length > 0) {
    return invalid(conversion.problems.map(({ offset, ...rest }) => ({ ...rest, position: at(offset) })));
  }
  return { kind: 'document', value, locate: (path) => at(offsetOf(value, path, conversion.offsets)) };
}

type Offsets = WeakMap<object, ReadonlyMap<string | number, number>>;

interface Conversion {
  readonly problems: (Complaint & { readonly offset: number })[];
  /** For each object and list, where its entries begin in the text. */
  readonly offsets: Offsets;
  /** Values of anchors, and how many values each stands for; undefined while it is being read. */
  readonly anchors: Map<string, { readonly value: unknown; readonly values: number } | undefined>;
  values: number;
  readonly limits: YamlLimits;
}

function toValue(node: unknown, path: DocumentPath, conversion: Conversion): unknown {
  const { limits } = conversion;
  if (path.length > limits.depth)
    return fail(conversion, node, path, `is nested more than ${limits.depth} levels deep`);
  if (conversion.values++ > limits.values)
    return fail(conversion, node, path, 'is too large once its aliases are followed');
  if (isAlias(node)) return aliased(node.source, node, path, conversion);
  const anchor = (isScalar(node) || isMap(node) || isSeq(node)) && node.anchor;
  if (!anchor) return plain(node, path, conversion);
  const before = conversion.values;
  conversion.anchors.set(anchor, undefined);
  const value = plain(node, path, conversion);
  conversion.anchors.set(anchor, { value, values: conversion.values - before });
  return value;
}

function aliased(source: string, node: unknown, path: DocumentPath, conversion: Conversion): unknown {
  const target = conversion.anchors.get(source);
  if (target === undefined) {
    const reason = conversion.anchors.has(source) ? 'refers to itself' : 'has no anchor before it';
    return fail(conversion, node, path, `the alias *${source} ${reason}`);
  }
  conversion.values += target.values;
  return target.value;
}

function plain(node: unknown, path: DocumentPath, conversion: Conversion): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) {
    const offsets = new Map<number, number>();
    const list = node.items.map((item, index) => {
      offsets.set(index, offsetIn(item));
      return toValue(item, [...path, index], conversion);
    });
    conversion.offsets.set(list, offsets);
    return list;
  }
  return isMap(node) ? object(node, path, conversion) : null;
}

function object(map: YAMLMap, path: DocumentPath, conversion: Conversion): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  const offsets = new Map<string, number>();
  const merged: Record<string, unknown>[] = [];
  for (const pair of map.items) {
    if (!isPair(pair)) continue;
    if (isMergeKey(pair.key)) {
      merged.push(...mergeSources(pair.value, path, conversion));
      continue;
    }
    const key = keyOf(pair.key, path, conversion);
    if (key === undefined) continue;
    if (offsets.has(key)) fail(conversion, pair.key, [...path, key], 'is there twice', 'Keep one of the two.');
    offsets.set(key, offsetIn(pair.key));
    result[key] = toValue(pair.value, [...path, key], conversion);
  }
  for (const source of merged) {
    for (const key of Object.keys(source)) {
      if (Object.hasOwn(result, key)) continue;
      result[key] = source[key];
      const offset = conversion.offsets.get(source)?.get(key);
      if (offset !== undefined) offsets.set(key, offset);
    }
  }
  conversion.offsets.set(result, offsets);
  return result;
}

/** The objects that a merge key (`<<`) adds: https://yaml.org/type/merge.html. */
function mergeSources(node: unknown, path: DocumentPath, conversion: Conversion): Record<string, unknown>[] {
  const value = toValue(node, [...path, '<<'], conversion);
  const sources: readonly unknown[] = Array.isArray(value) ? value : [value];
  const objects = sources.filter((source) => typeof source === 'object' && source !== null && !Array.isArray(source));
  if (objects.length < sources.length) fail(conversion, node, [...path, '<<'], 'a merge key takes objects only');
  return objects as Record<string, unknown>[];
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

function keyOf(node: unknown, path: DocumentPath, conversion: Conversion): string | undefined {
  const key = isAlias(node) ? conversion.anchors.get(node.source)?.value : isScalar(node) ? node.value : undefined;
  if (typeof key === 'string') {
    if (key !== '__proto__') return key;
    fail(conversion, node, path, 'the key `__proto__` is not allowed');
  } else if (isScalar(node)) {
    const source = (node as Scalar & { source?: string }).source ?? String(node.value);
    if (conversion.limits.anyKeys) return source;
    const written = quoted(source);
    fail(conversion, node, path, `the key ${written} is not a string in YAML 1.1`, `Quote it: ${written}.`);
  } else fail(conversion, node, path, 'a key is not a string');
  return undefined;
}

function fail(
  conversion: Conversion,
  node: unknown,
  path: DocumentPath,
  message: string,
  suggestion?: string,
): undefined {
  // A hostile text can have any number of faults; the first tell enough.
  if (conversion.problems.length < 50) conversion.problems.push({ path, message, suggestion, offset: offsetIn(node) });
  return undefined;
}

function offsetIn(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}

function offsetOf(root: unknown, path: DocumentPath, offsets: Offsets): number {
  let offset = 0;
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) break;
    const next = offsets.get(value)?.get(segment);
    if (next === undefined) break;
    offset = next;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return offset;
}

function complaint(message: string, position: Position) {
  return { path: [], message, position };
}

function invalid(problems: readonly (Complaint & { readonly position: Position })[]): YamlResult {
  return { kind: 'invalid', problems };
}
