/** Where something is in a configuration: keys and list indices from the top. */
export type DocumentPath = readonly (string | number)[];

/** What makes a configuration invalid. */
export interface Problem {
  /** As a person writes it: `namespaces[1].builders[0].profile`; empty for the whole document. */
  readonly path: string;
  /** Both count from 1; absent when the place is in no text. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** A sentence that says what to write instead. */
  readonly suggestion?: string;
}

/** Collects problems, each under its path; where they are in the text is added later. */
export type Report = (path: DocumentPath, message: string, suggestion?: string) => void;

/** A problem before its place in the text is known. */
export interface Complaint {
  readonly path: DocumentPath;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** Writes a path with dots and brackets; keys that are no plain words are quoted. */
export function formatPath(path: DocumentPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[\w-]{1,100}$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment.length > 100 ? `${segment.slice(0, 100)}…` : segment)}]`;
  }
  return text;
}

/** Writes a problem as one line of text: where it is in `file`, what is wrong, and what to write instead. */
export function formatProblem(file: string, { path, line, column, message, suggestion }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const words = [place, path, message].filter((part) => part !== '').join(': ');
  return suggestion === undefined ? words : `${words}. ${suggestion}`;
}

/** What something thrown says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Quotes a word of the user's for a message: shortened, and without control characters. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word);
}

/** Asks whether the nearest of the known words was meant, or says nothing when none is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const meant = nearest(word, known);
  return meant === undefined ? undefined : `Did you mean \`${meant}\`?`;
}

function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = (word.length < 5 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance >= bestDistance || distance >= candidate.length) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1;
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + change,
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
