import { LineCounter } from 'yaml';
import { readYaml, type YamlLimits } from '../config/yaml.ts';
import { type Pointer, pointerTo, pointerTokens } from '../kubernetes/pointer.ts';
import { isObject } from '../kubernetes/shape.ts';
import type { TextPlace } from '../output/result.ts';
import type { RawDocument } from './documents.ts';
import { jsonPlaces } from './json-places.ts';

/** An object of a document: the document itself, or an item of a List. */
export interface ManifestObject {
  /** From 0, within the file. */
  readonly document: number;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a pointer into the object is in the file; of one that is not there, where its nearest parent is. */
  locate(pointer: Pointer): TextPlace;
}

/** What is wrong with a document. */
export interface DocumentProblem {
  readonly at: TextPlace;
  readonly message: string;
}

export type ParsedDocument =
  | { readonly kind: 'objects'; readonly objects: Iterable<ManifestObject> }
  | { readonly kind: 'invalid'; readonly problems: readonly DocumentProblem[] };

/** Far above what the API server takes (3 MiB), for Lists; aliases may not make more of it. */
const limits: YamlLimits = {
  length: 64 * 1024 * 1024,
  tooLong: 'is larger than 64 MiB',
  depth: 200,
  values: 5_000_000,
  anyKeys: true,
};

/**
 * Parses a document as kubectl does: JSON where it is JSON, else YAML 1.1, in which a key that is there twice is an error.
 *
 * Never throws. Lists are opened, also Lists of Lists; a document that holds no object has no objects.
 */
export function parseDocument(document: RawDocument): ParsedDocument {
  if (document.text.startsWith('{')) {
    const parsed = parseJson(document);
    if (parsed !== undefined) return parsed;
  }
  const yaml = readYaml(document.text.replace(/^\ufeff/, ''), limits);
  const shifted = (at: TextPlace): TextPlace => ({ line: at.line + document.line - 1, column: at.column });
  if (yaml.kind === 'invalid') {
    const problems = yaml.problems.map(({ message, position }) => ({ at: shifted(position), message }));
    return { kind: 'invalid', problems };
  }
  const locate = (pointer: Pointer) => shifted(yaml.locate(typedPath(yaml.value, pointer)));
  return { kind: 'objects', objects: objectsOf(yaml.value, '', { document: document.index, locate }) };
}

/** Undefined when it is no JSON: a flow mapping with comments or unquoted keys begins with a brace, too. */
function parseJson({ text, line, index }: RawDocument): ParsedDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let places: ((path: readonly string[]) => number) | undefined;
  let lines: LineCounter | undefined;
  const locate = (pointer: Pointer): TextPlace => {
    places ??= jsonPlaces(text);
    lines ??= linesOf(text);
    const at = lines.linePos(places(pointerTokens(pointer)));
    return { line: at.line + line - 1, column: at.col };
  };
  return { kind: 'objects', objects: objectsOf(value, '', { document: index, locate }) };
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return lines;
}

/** List indices as numbers, as the YAML reader wants them. */
function typedPath(root: unknown, pointer: Pointer): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let value = root;
  for (const token of pointerTokens(pointer)) {
    path.push(Array.isArray(value) ? Number(token) : token);
    value = value == null ? undefined : (value as Record<string, unknown>)[token];
  }
  return path;
}

function* objectsOf(value: unknown, at: Pointer, source: Omit<ManifestObject, 'value'>): Generator<ManifestObject> {
  if (!isObject(value)) return;
  const { kind, items } = value;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    for (const [index, item] of items.entries()) {
      yield* objectsOf(withKind(item, value), pointerTo(at, 'items', index), source);
    }
    return;
  }
  const { document, locate } = source;
  yield { document, value, locate: (pointer) => locate(`${at}${pointer}` as Pointer) };
}

/** Items of a typed list (PodList) may leave out what all of them are. */
function withKind(item: unknown, list: Readonly<Record<string, unknown>>): unknown {
  const kind = String(list['kind']).slice(0, -'List'.length);
  if (!isObject(item) || kind === '' || typeof item['kind'] === 'string') return item;
  return { apiVersion: list['apiVersion'], kind, ...item };
}
