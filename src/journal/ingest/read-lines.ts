/** A line of a file; `text` is undefined when it is longer than what is read. */
export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Splits bytes into lines, in blocks as they come: however long the input or one of its lines, no more than a block and
 * `longest` bytes are held.
 */
export async function* readLines(
  input: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<readonly NumberedLine[]> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length <= longest) parts.push(part);
  };
  const take = (): NumberedLine => {
    const text = length > longest ? undefined : textOf(parts);
    parts = [];
    length = 0;
    return { number: ++number, text };
  };
  for await (const block of input) {
    const lines: NumberedLine[] = [];
    let start = 0;
    for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, start)) {
      add(block.subarray(start, end));
      lines.push(take());
      start = end + 1;
    }
    add(block.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take()];
}

function textOf(parts: readonly Uint8Array[]): string {
  const bytes = Buffer.concat(parts);
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  return bytes.toString('utf8', 0, end);
}
