import type { Cell, Table } from './table.ts';

/**
 * What makes a spreadsheet take a cell for a formula, at its start: OWASP, "CSV Injection". The full-width forms are
 * read like the others by some.
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Writes rows as CSV (RFC 4180), each with its line end; the header too, where it is asked for.
 *
 * Names and images are whatever somebody chose: a text that a spreadsheet would calculate gets an apostrophe in front,
 * which shows it as it is. Numbers are ours, and stay. Nothing is an empty cell.
 */
export function csvText({ columns, rows }: Table, withHeader = true): string {
  const lines = withHeader ? [columns, ...rows] : rows;
  return lines.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = formulaStart.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) || safe !== cell ? `"${safe.replaceAll('"', '""')}"` : safe;
}
