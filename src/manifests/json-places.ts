/**
 * Finds where a value is in a JSON text that is known to be valid, by keys and indices from the top; where there is no
 * such value, where its nearest parent is. Offsets are in UTF-16 units.
 *
 * What an object or list holds is looked through once, however often it is asked for.
 */
export function jsonPlaces(text: string): (path: readonly string[]) => number {
  const known = new Map<number, ReadonlyMap<string, Entry>>();
  const entriesAt = (offset: number): ReadonlyMap<string, Entry> => {
    const before = known.get(offset);
    if (before !== undefined) return before;
    const entries = entriesOf(text, offset);
    known.set(offset, entries);
    return entries;
  };
  const root = pastSpace(text, 0);
  return (path) => {
    let value = root;
    let shown = root;
    for (const token of path) {
      const entry = entriesAt(value).get(token);
      if (entry === undefined) break;
      value = entry.value;
      shown = entry.shown;
    }
    return shown;
  };
}

/** Where an entry's value begins, and where the entry is shown: at its key, or at the value in a list. */
interface Entry {
  readonly value: number;
  readonly shown: number;
}

function entriesOf(text: string, offset: number): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const open = text[offset];
  if (open !== '{' && open !== '[') return entries;
  let at = pastSpace(text, offset + 1);
  for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index++) {
    const shown = at;
    let key = String(index);
    if (open === '{') {
      const end = endOfString(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = pastSpace(text, pastSpace(text, end) + 1);
    }
    entries.set(key, { value: at, shown });
    at = pastSpace(text, endOfValue(text, at));
    if (text[at] === ',') at = pastSpace(text, at + 1);
  }
  return entries;
}

function pastSpace(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at++;
  return at;
}

function endOfString(text: string, offset: number): number {
  let at = offset + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, offset: number): number {
  let depth = 0;
  let at = offset;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth--;
    } else if (depth === 0 && char === ',') return at;
    at++;
    if (depth === 0 && '"}]'.includes(char ?? '')) return at;
  }
  return at;
}
