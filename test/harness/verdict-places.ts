import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageVerdict, parsePageVerdict, parseVerdict, type Verdict } from './verdict.ts';

/** The top of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Something with a verdict: a YAML block of a page, or a file of deploy/. */
export interface Placed {
  /** `docs/page.md:12`, the line of the fence; or the file. */
  readonly place: string;
  readonly text: string;
  readonly verdict: Verdict;
}

/** A block of a page that quotes what the client is told of a file. */
export interface Quotation {
  readonly place: string;
  readonly text: string;
  readonly file: string;
}

/** All that has a verdict, all quotations, and what is wrong with the marking. */
export interface Places {
  readonly blocks: readonly Placed[];
  readonly files: readonly Placed[];
  readonly quotations: readonly Quotation[];
  readonly problems: readonly string[];
}

/** The pages whose blocks are judged. */
function pages(): readonly string[] {
  const docs = filesIn('docs').filter((file) => file.endsWith('.md'));
  return ['README.md', 'deploy/README.md', ...docs].filter((page) => existsSync(root + page));
}

/** Reads every page and every file of deploy/. */
export function readPlaces(): Places {
  const read = pages().map((page) => readPage(page, readFileSync(root + page, 'utf8')));
  const rows = read.flatMap((page) => page.rows);
  const manifests = filesIn('deploy').filter((file) => !file.endsWith('.md'));
  const stated = manifests.map((file) => ({ file, rows: rows.filter((row) => covers(row.target, file)) }));
  return {
    blocks: read.flatMap((page) => page.blocks),
    quotations: read.flatMap((page) => page.quotations),
    files: stated.flatMap(({ file, rows: [row] }) =>
      row === undefined ? [] : [{ place: file, text: readFileSync(root + file, 'utf8'), verdict: row.verdict }],
    ),
    problems: [
      ...read.flatMap((page) => page.problems),
      ...rows.filter(({ target }) => !existsSync(root + target)).map(({ target }) => `${target} does not exist`),
      ...stated
        .filter((one) => one.rows.length !== 1)
        .map((one) => `${one.file}: ${one.rows.length} rows of tables state its verdict, in place of one`),
    ],
  };
}

/** A row of a table: `| [file](target) | `verdict: …` | …`. A folder stands for the files in it. */
interface Row {
  readonly target: string;
  readonly verdict: Verdict;
}

interface Page extends Pick<Places, 'blocks' | 'quotations'> {
  readonly rows: readonly Row[];
  readonly problems: readonly string[];
}

/**
 * Reads a page: each ```` ```yaml ```` has `<!-- verdict: … -->` on the line above, the page may say `<!-- verdicts: under …; in … -->`
 * once, above the first, and `<!-- denial of FILE -->` above another block makes that a quotation.
 */
export function readPage(page: string, text: string): Page {
  const blocks: Placed[] = [];
  const quotations: Quotation[] = [];
  const rows: Row[] = [];
  const problems: string[] = [];
  let common: PageVerdict = {};
  const lines = text.split('\n');
  const attempt = (line: number, what: () => void) => {
    try {
      what();
    } catch (error) {
      problems.push(`${page}:${line + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (let line = 0; line < lines.length; line++) {
    const [, words] = /^\s*<!-- verdicts: (.*) -->$/.exec(lines[line] ?? '') ?? [];
    if (words !== undefined) attempt(line, () => (common = parsePageVerdict(words)));
    const row = /^\| \[[^\]]*\]\(([^)#]+)\) \| `verdict: ([^`]+)` \|/.exec(lines[line] ?? '');
    if (row !== null) {
      const target = normalize(join(dirname(page), row[1] ?? '')).replace(/\/$/, '');
      attempt(line, () => rows.push({ target, verdict: parseVerdict(row[2] ?? '', common) }));
    }
    const [fence, indent = '', language = ''] = /^(\s*)```(\S*)$/.exec(lines[line] ?? '') ?? [];
    if (fence === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, line + 1);
    if (end === -1) {
      problems.push(`${page}:${line + 1}: the block has no end`);
      break;
    }
    const body = lines.slice(line + 1, end).map((one) => one.slice(indent.length));
    const found = { place: `${page}:${line + 1}`, text: `${body.join('\n')}\n` };
    const above = (lines[line - 1] ?? '').trim();
    const [, file] = /^<!-- denial of (\S+) -->$/.exec(above) ?? [];
    if (file !== undefined) quotations.push({ ...found, file });
    if (/^ya?ml$/.test(language)) attempt(line, () => blocks.push({ ...found, verdict: verdictAbove(above, common) }));
    line = end;
  }
  return { blocks, quotations, rows, problems };
}

function verdictAbove(above: string, common: PageVerdict): Verdict {
  const [, words] = /^<!-- verdict: (.*) -->$/.exec(above) ?? [];
  if (words === undefined) throw new Error('a YAML block without `<!-- verdict: … -->` on the line above it');
  return parseVerdict(words, common);
}

/** A folder covers what is directly in it. */
function covers(target: string, file: string): boolean {
  return (
    target === file || (dirname(file) === target && existsSync(root + target) && statSync(root + target).isDirectory())
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => statSync(root + file).isFile())
    .toSorted();
}
