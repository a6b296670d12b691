import type { FindingCount } from './roll-out.ts';

/** What a cell holds: a text of somebody's, a number of ours, or nothing. */
export type Cell = string | number | null;

/** An answer as rows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** An answer in both forms: for programs, and as rows. */
export interface Answer {
  readonly json: unknown;
  readonly table: Table;
  /** What a reader should know besides, each a sentence. */
  readonly notes: readonly string[];
  /** Of a page: its entries one by one, and the cursor of the next page, where there is one. */
  readonly page?: { readonly entries: readonly unknown[]; readonly next: string | undefined };
}

/** A time as tables have it: ISO 8601, UTC. */
export function timeCell(ts: number | null): string | null {
  return ts === null ? null : new Date(ts).toISOString();
}

/** Findings with how often each was there, in one cell. */
export function findingsCell(findings: readonly FindingCount[]): string {
  return findings
    .map(({ check, container, volume, key, value, n }) => {
      const place = container ?? volume ?? key;
      return `${check}${place === null ? '' : ` in ${place}`}: ${value}${n === 1 ? '' : ` (${n})`}`;
    })
    .join('; ');
}

/** What is said where rows were left out. */
export function moreNotes(more: boolean): readonly string[] {
  return more ? ['There are more rows: raise the limit.'] : [];
}
