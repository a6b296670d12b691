import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from './fault.ts';
import { longestStartMs, type Start, type Starts } from './starts.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

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
export function startsLine({ first, joining, load, cores }: Starts): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const told = ({ wallMs, cpuMs }: Start) =>
    cpuMs === undefined ? seconds(wallMs) : `${seconds(wallMs)} (${seconds(cpuMs)} of CPU time)`;
  const most = seconds(longestStartMs);
  return `${startsHead} the first replica was ready ${told(first)} after its process began, one that joined it after ${told(joining)}, on ${cores} cores with a load average of ${load.toFixed(1)}; ${most} each are allowed.`;
}

const startsHead = 'In TLS mode `self`';

/** Replaces the table in docs/reliability.md and what follows it, or, when some faults only were tried, their rows. */
export async function writeTable(rows: readonly Row[], starts: Starts, isWhole: boolean): Promise<void> {
  await writeSection('faults', (old) => {
    return isWhole ? `${tableOf(rows)}\n\n${startsLine(starts)}` : withRows(old, rows, startsLine(starts));
  });
}

/** Replaces what is between the marks of a section of docs/reliability.md by what is made of it. */
export async function writeSection(name: string, make: (old: string) => string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const text = await readFile(page, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${page} has no place for ${name}.`);
  const content = make(text.slice(before + begin.length, after).trim());
  await writeFile(page, `${text.slice(0, before)}${begin}\n${content}\n${text.slice(after)}`);
}

function withRows(old: string, rows: readonly Row[], startsText: string): string {
  const fresh = new Map(rows.map((row) => [row.name, tableOf([row]).split('\n').at(-1)]));
  const nameOf = (line: string) => /^\| (?:\*\*)?([^|*]+?)(?:\*\*)? \|/.exec(line)?.[1] ?? '';
  const lines = old.split('\n').map((line) => {
    return line.startsWith(startsHead) ? startsText : (fresh.get(nameOf(line)) ?? line);
  });
  return lines.join('\n');
}
