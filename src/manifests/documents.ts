/** One document of a stream, not yet parsed. */
export interface RawDocument {
  /** From 0; what stands between two markers counts, also when it is empty. */
  readonly index: number;
  /** The line on which the text begins, from 1. */
  readonly line: number;
  readonly text: string;
}

interface Splitter {
  index: number;
  /** The number of the line that comes next. */
  line: number;
  readonly lines: string[];
  startLine: number;
  /** Whether a marker began the document: then it counts though it is empty. */
  marked: boolean;
  hasContent: boolean;
  json: JsonState | undefined;
}

/** Where a JSON value stands that began on an earlier line. */
interface JsonState {
  depth: number;
  inString: boolean;
  escaped: boolean;
}

/**
 * Splits a stream of YAML documents or JSON objects, or both, and holds no more than one of them.
 *
 * In YAML a line that begins with `---` or `...` ends a document wherever it stands (YAML 1.1 §4.3.1: neither a plain,
 * nor a quoted, nor a block scalar may hold one). What begins with `{` is JSON, as for kubectl, and ends with its brace.
 */
export async function* documentsOf(chunks: AsyncIterable<string>): AsyncGenerator<RawDocument> {
  const state: Splitter = {
    index: 0,
    line: 1,
    lines: [],
    startLine: 1,
    marked: false,
    hasContent: false,
    json: undefined,
  };
  let open: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      open.push(chunk.slice(start, end + 1));
      yield* taken(state, open.length === 1 ? (open[0] ?? '') : open.join(''));
      open = [];
      state.line++;
      start = end + 1;
    }
    if (start < chunk.length) open.push(chunk.slice(start));
  }
  if (open.length > 0) yield* taken(state, open.join(''));
  yield* ended(state);
}

function* taken(state: Splitter, line: string): Generator<RawDocument> {
  let rest = line;
  while (rest !== '') {
    if (state.json === undefined && !state.hasContent && /^\s*\{/.test(rest)) {
      state.lines.length = 0;
      state.startLine = state.line;
      state.json = { depth: 0, inString: false, escaped: false };
    }
    if (state.json === undefined) {
      yield* takenYaml(state, rest);
      return;
    }
    const end = endOfJson(state.json, rest);
    state.hasContent = true;
    state.lines.push(end === undefined ? rest : rest.slice(0, end));
    if (end === undefined) return;
    yield* ended(state);
    rest = /^\s*$/.test(rest.slice(end)) ? '' : rest.slice(end);
  }
}

function* takenYaml(state: Splitter, line: string): Generator<RawDocument> {
  const text = line.trimEnd().replace(/^\ufeff/, '');
  const marker = /^(---|\.\.\.)(?:\s|$)/.exec(text)?.[1];
  if (marker !== undefined) yield* ended(state);
  if (marker === '---') {
    state.marked = true;
    state.hasContent = !/^---\s*(?:#.*)?$/.test(text);
  } else if (marker === undefined && !/^\s*(?:#.*)?$/.test(text)) state.hasContent = true;
  if (state.lines.length === 0) state.startLine = state.line;
  state.lines.push(line);
}

function* ended(state: Splitter): Generator<RawDocument> {
  if (state.hasContent) yield { index: state.index, line: state.startLine, text: state.lines.join('') };
  if (state.hasContent || state.marked) state.index++;
  state.lines.length = 0;
  state.marked = false;
  state.hasContent = false;
  state.json = undefined;
}

/** Where the value ends in this line, if it does. */
function endOfJson(json: JsonState, line: string): number | undefined {
  for (let index = 0; index < line.length; index++) {
    const code = line.charCodeAt(index);
    if (json.inString) {
      if (json.escaped) json.escaped = false;
      else if (code === 0x5c) json.escaped = true;
      else if (code === 0x22) json.inString = false;
    } else if (code === 0x22) json.inString = true;
    else if (code === 0x7b || code === 0x5b) json.depth++;
    else if ((code === 0x7d || code === 0x5d) && --json.depth === 0) return index + 1;
  }
  return undefined;
}
