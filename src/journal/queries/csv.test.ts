import { describe, expect, test } from 'vitest';
import { csvText } from './csv.ts';

const cell = (text: string) => csvText({ columns: ['a'], rows: [[text]] }, false).slice(0, -2);

describe('CSV', () => {
  test('has a header and ends each line as RFC 4180 says', () => {
    expect(
      csvText({
        columns: ['a', 'b'],
        rows: [
          ['x', 1],
          [null, -2.5],
        ],
      }),
    ).toBe('a,b\r\nx,1\r\n,-2.5\r\n');
  });

  test.for([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['', ''],
  ] as const)('writes %j as %j', ([text, written]) => {
    expect(cell(text)).toBe(written);
  });

  test.for(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1', '＋1', '－1', '＠x', '=cmd|"/c calc"!A1'])(
    'never writes a text that a spreadsheet would calculate: %j',
    (text) => {
      expect(cell(text)).toBe(`"'${text.replaceAll('"', '""')}"`);
    },
  );
});
