import { shortened } from '../../record/redact.ts';
import type { Cell, Table } from './table.ts';

/** The widest column in text; JSON and CSV have every cell whole. */
const widest = 72;

/** Writes rows for a terminal: columns below each other, without those that are empty throughout. */
export function tableText({ columns, rows }: Table): string {
  const kept = columns.map((_, index) => index).filter((index) => rows.some((row) => textOf(row[index]) !== ''));
  if (rows.length === 0) return 'nothing\n';
  const lines = [
    kept.map((index) => columns[index] ?? ''),
    ...rows.map((row) => kept.map((index) => textOf(row[index]))),
  ];
  const widths = kept.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Of a time, the milliseconds are left out. */
function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? `${text.slice(0, 19)}Z` : shortened(text, widest);
}
