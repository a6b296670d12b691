/**
 * A part of a page. Its words are plain text in which only code, between backticks, and links, `[words](target)`, mean
 * something.
 */
export type Block =
  | { readonly kind: 'paragraph'; readonly words: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'yaml';
      readonly text: string;
      /** What becomes of it, for the test that walks the docs; only Markdown has it. */
      readonly verdict?: string;
    };

/** A text with a title and sections, before it is known how it is shown. */
export interface Page {
  readonly title: string;
  /** What stands before the first section. */
  readonly head: readonly Block[];
  readonly sections: readonly { readonly title: string; readonly blocks: readonly Block[] }[];
}

/** Writes a page as Markdown. */
export function pageMarkdown({ title, head, sections }: Page): string {
  const blocks = (some: readonly Block[]) => some.map((block) => `\n${blockMarkdown(block)}\n`);
  const lines = sections.map(
    (section) => `\n## ${section.title}\n${blocks(section.blocks).join('').replace('\n', '')}`,
  );
  return `# ${title}\n${blocks(head).join('')}${lines.join('')}`;
}

/** Writes a page for a terminal of so many columns. */
export function pageText({ title, head, sections }: Page, width: number): string {
  const blocks = (some: readonly Block[]) => some.map((block) => blockText(block, width)).join('\n');
  const lines = sections.map((section) => `\n${section.title.toUpperCase()}\n${blocks(section.blocks)}`);
  return `${title}\n${blocks(head)}${lines.join('')}`;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return escaped(block.words);
    case 'list':
      return block.items.map((item) => `- ${escaped(item)}`).join('\n');
    case 'yaml':
      return `${block.verdict === undefined ? '' : `<!-- verdict: ${block.verdict} -->\n`}\`\`\`yaml\n${block.text}\`\`\``;
  }
}

/** Outside of code Markdown would take `<class>` for an element of HTML, and two `*` for emphasis. */
function escaped(words: string): string {
  const parts = words.split('`');
  return parts.map((part, index) => (index % 2 === 0 ? part.replaceAll(/[<*]/g, '\\$&') : part)).join('`');
}

function blockText(block: Block, width: number): string {
  switch (block.kind) {
    case 'paragraph':
      return wrapped(withoutTargets(block.words), { width, first: '  ', rest: '  ' });
    case 'list':
      return block.items.map((item) => wrapped(withoutTargets(item), { width, first: '  - ', rest: '    ' })).join('');
    case 'yaml':
      return block.text.replaceAll(/^(?=.)/gm, '    ');
  }
}

/** Leaves only the words of a link. */
function withoutTargets(words: string): string {
  return words.replaceAll(/\[([^\][]*)\]\([^()]*\)/g, '$1');
}

interface Measure {
  readonly width: number;
  /** What the first line begins with, and what the others do. */
  readonly first: string;
  readonly rest: string;
}

/** Breaks a text between words so that its lines fit, where its words do. */
export function wrapped(text: string, { width, first, rest }: Measure): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].map((one) => `${one}\n`).join('');
}
