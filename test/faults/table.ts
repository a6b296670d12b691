import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from './fault.ts';
import { longestStartMs, type Starts } from './starts.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const begin = '<!-- faults: begin -->';
const end = '<!-- faults: end -->';

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    'fault',
    'pods',
    'wrong admissions',
    'wrong denials',
    'errors of ours',
    'allowed',
    'other errors',
    'seen',
  ];
  const lines = rows.map((row) => [
    row.broken.length === 0 ? row.name : `**${row.name}**`,
    row.pods,
    row.wrongAdmissions,
    row.wrongDenials,
    row.webhookErrors,
    row.bound,
    row.otherErrors,
    row.seen,
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** How long replicas took to start, as a sentence. */
export function startsLine({ first, joining }: Starts): string {
  const [one, other, most] = [first, joining, longestStartMs].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
  return `In TLS mode \`self\` the first replica was ready ${one} after its process began, one that joined it after ${other} (at most ${most} each).`;
}

/** Replaces the table in docs/reliability.md, and what follows it. */
export async function writeTable(rows: readonly Row[], starts: Starts): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${page} has no place for the table.`);
  await writeFile(
    page,
    `${text.slice(0, before)}${begin}\n${tableOf(rows)}\n\n${startsLine(starts)}\n${text.slice(after)}`,
  );
}
