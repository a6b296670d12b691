import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentsOf, type RawDocument } from './documents.ts';

async function split(text: string, pieces = 1): Promise<readonly RawDocument[]> {
  async function* chunks() {
    const size = Math.max(1, Math.ceil(text.length / pieces));
    for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
  }
  const documents: RawDocument[] = [];
  for await (const one of documentsOf(chunks())) documents.push(one);
  return documents;
}

test.each<readonly [string, string, readonly RawDocument[]]>([
  ['nothing', '', []],
  ['only comments and markers', '# a\n---\n# b\n---\n\n', []],
  ['one document', 'a: 1\n', [{ index: 0, line: 1, text: 'a: 1\n' }]],
  ['without an end of line', 'a: 1', [{ index: 0, line: 1, text: 'a: 1' }]],
  [
    'two documents, the first without a marker',
    'a: 1\n---\nb: 2\n',
    [
      { index: 0, line: 1, text: 'a: 1\n' },
      { index: 1, line: 2, text: '---\nb: 2\n' },
    ],
  ],
  ['an empty document counts between markers', '---\n---\nb: 2\n', [{ index: 1, line: 2, text: '---\nb: 2\n' }]],
  ['a comment before the first marker is none', '# head\n---\na: 1\n', [{ index: 0, line: 2, text: '---\na: 1\n' }]],
  [
    'content on the line of the marker',
    '--- {a: 1}\n--- # comment\nb: 2\n',
    [
      { index: 0, line: 1, text: '--- {a: 1}\n' },
      { index: 1, line: 2, text: '--- # comment\nb: 2\n' },
    ],
  ],
  [
    'an end marker',
    'a: 1\n...\n---\nb: 2\n',
    [
      { index: 0, line: 1, text: 'a: 1\n' },
      { index: 1, line: 3, text: '---\nb: 2\n' },
    ],
  ],
  [
    'Windows ends of lines',
    'a: 1\r\n---\r\nb: 2\r\n',
    [
      { index: 0, line: 1, text: 'a: 1\r\n' },
      { index: 1, line: 2, text: '---\r\nb: 2\r\n' },
    ],
  ],
  ['what only looks like a marker', 'a: |\n  ---\n---b: 1\n', [{ index: 0, line: 1, text: 'a: |\n  ---\n---b: 1\n' }]],
  [
    'JSON objects one after the other, on one line and on several',
    '{"a":1}{"b":"}{"}\n\n{\n "c": [{}]\n}\n',
    [
      { index: 0, line: 1, text: '{"a":1}' },
      { index: 1, line: 1, text: '{"b":"}{"}' },
      { index: 2, line: 3, text: '{\n "c": [{}]\n}' },
    ],
  ],
  [
    'JSON and YAML after each other',
    '{"a": "\\"}"}\n---\nb: 2\n---\n{"c": 3}\n',
    [
      { index: 0, line: 1, text: '{"a": "\\"}"}' },
      { index: 1, line: 2, text: '---\nb: 2\n' },
      { index: 2, line: 5, text: '{"c": 3}' },
    ],
  ],
  ['a brace that is never closed', '{"a": 1\n', [{ index: 0, line: 1, text: '{"a": 1\n' }]],
])('splits %s', async (_name, text, expected) => {
  expect(await split(text)).toEqual(expected);
});

describe('however the stream is cut into pieces', () => {
  const line = fc.constantFrom('---', '...', 'a: 1', '{"a":', '1}', '{"b":"x"}', '# c', '', '  - x', '--- {a: 1}');
  test('the documents are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.integer({ min: 2, max: 40 }), async (lines, pieces) => {
        const text = lines.join('\n');
        expect(await split(text, pieces)).toEqual(await split(text));
      }),
    );
  });

  test('no content is lost, and each document begins on its line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const text = lines.join('\n');
        const documents = await split(text);
        for (const one of documents) {
          const from = text
            .split('\n')
            .slice(one.line - 1)
            .join('\n');
          expect(from).toContain(one.text.split('\n')[0]);
        }
        const kept = documents.map((one) => one.text).join('');
        for (const content of ['a: 1', '1}', '"b"', '- x']) {
          expect(kept.split(content).length).toBe(text.split(content).length);
        }
      }),
    );
  });
});
