import { expect, test } from 'vitest';
import { readLines } from './read-lines.ts';

async function linesOf(blocks: readonly string[], longest = 100): Promise<readonly (string | undefined)[]> {
  async function* input() {
    for (const block of blocks) yield Buffer.from(block);
  }
  const lines = [];
  for await (const some of readLines(input(), longest)) lines.push(...some);
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1));
  return lines.map(({ text }) => text);
}

test('lines are found however the blocks are cut, with either end, and with none at the end', async () => {
  const text = 'one\ntwo\r\n\nthree é😀\nlast';
  const expected = ['one', 'two', '', 'three é😀', 'last'];
  expect(await linesOf([text])).toEqual(expected);
  const bytes = Buffer.from(text);
  const singles = [...bytes].map((byte) => Buffer.from([byte]));
  async function* input() {
    yield* singles;
  }
  const lines = [];
  for await (const some of readLines(input(), 100)) lines.push(...some);
  expect(lines.map((line) => line.text)).toEqual(expected);
});

test('a line that is too long is counted, and not held', async () => {
  expect(await linesOf(['x'.repeat(80), 'x'.repeat(80), '\nnext\n', 'y'.repeat(100), '\n', 'z'.repeat(101)])).toEqual([
    undefined,
    'next',
    'y'.repeat(100),
    undefined,
  ]);
});

test('nothing has no lines', async () => {
  expect(await linesOf([])).toEqual([]);
  expect(await linesOf([''])).toEqual([]);
});
