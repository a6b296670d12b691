import { type JournalLine, parseLine } from '../lines.ts';

/** Lines of one request that are taken at most; the client sends 64. */
export const lineCountLimit = 8_192;

/** A line that is not taken, counted from 1, and why. */
export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
}

/** What one request holds. */
export interface ReadBatch {
  readonly lines: readonly JournalLine[];
  readonly refused: readonly RefusedLine[];
}

/** Reads JSON lines; a bad one is refused alone. Undefined when there are too many, or none. */
export function readBatch(text: string): ReadBatch | undefined {
  const texts = text.split('\n', lineCountLimit + 2);
  if (texts.at(-1) === '') texts.pop();
  if (texts.length === 0 || texts.length > lineCountLimit) return undefined;
  const lines: JournalLine[] = [];
  const refused: RefusedLine[] = [];
  for (const [index, one] of texts.entries()) {
    const parsed = parseLine(one);
    if (parsed.kind === 'problem') refused.push({ line: index + 1, reason: parsed.reason });
    else lines.push(parsed);
  }
  return { lines, refused };
}
