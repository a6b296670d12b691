import { expect, test } from 'vitest';
import { type Page, pageMarkdown, pageText, wrapped } from './page.ts';

const page: Page = {
  title: 'a-title',
  head: [{ kind: 'paragraph', words: 'Some words with `<code> *` and a <class> of a*b*.' }],
  sections: [
    {
      title: 'A section',
      blocks: [
        { kind: 'list', items: ['one [`name`](https://example.com/a)', 'two'] },
        { kind: 'yaml', text: 'a:\n  - 1\n\nb: 2\n' },
        { kind: 'paragraph', words: 'The end.' },
      ],
    },
    { title: 'Another', blocks: [{ kind: 'paragraph', words: 'See ([runners.kubernetes]).' }] },
  ],
};

test('Markdown escapes what would not be shown, but nothing in code', () => {
  expect(pageMarkdown(page)).toBe(
    [
      '# a-title',
      '',
      'Some words with `<code> *` and a \\<class> of a\\*b\\*.',
      '',
      '## A section',
      '- one [`name`](https://example.com/a)',
      '- two',
      '',
      '```yaml',
      'a:',
      '  - 1',
      '',
      'b: 2',
      '```',
      '',
      'The end.',
      '',
      '## Another',
      'See ([runners.kubernetes]).',
      '',
    ].join('\n'),
  );
});

test('text has the words of a link without its target, and lines that fit', () => {
  expect(pageText(page, 30)).toBe(
    [
      'a-title',
      '  Some words with `<code> *`',
      '  and a <class> of a*b*.',
      '',
      'A SECTION',
      '  - one `name`',
      '  - two',
      '',
      '    a:',
      '      - 1',
      '',
      '    b: 2',
      '',
      '  The end.',
      '',
      'ANOTHER',
      '  See ([runners.kubernetes]).',
      '',
    ].join('\n'),
  );
});

test.each([
  ['a bb ccc', 20, 'a bb ccc\n'],
  ['a bb ccc', 4, 'a bb\n>ccc\n'],
  ['a bb ccc', 3, 'a\n>bb\n>ccc\n'],
  ['abcdefghij kl', 4, 'abcdefghij\n>kl\n'],
  ['', 4, '\n'],
])('%j fits into %i columns, if its words do', (text, width, expected) => {
  expect(wrapped(text, { width, first: '', rest: '>' })).toBe(expected);
});
