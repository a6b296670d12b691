import type { Journal } from './questions.ts';
import { beyond, mergedRecords, type Stored, type Where } from './rows.ts';

const pageSize = 1_000;

/** What was read of records. */
export interface Reading {
  /** Records that were read. */
  readonly read: number;
  /** The time of the oldest that was read, where there are more. */
  readonly readFrom: number | null;
}

/**
 * Reads records newest first, a page at a time, `most` of them at most, and shows each to `visit`: what is held in memory
 * does not grow with the journal. `wheres` are conditions that exclude each other.
 */
export async function visitRecords(
  db: Journal,
  wheres: readonly Where[],
  most: number,
  visit: (stored: Stored) => void,
): Promise<Reading> {
  let last: Stored | undefined;
  for (let read = 0; ; ) {
    const after = last;
    const further = wheres.map(
      (where): Where =>
        (e) =>
          after === undefined
            ? where(e)
            : e.and([where(e), e('r.ts', '<=', after.ts), beyond('<', after.ts, after.id)]),
    );
    const page = await mergedRecords(db, further, 'desc', Math.min(pageSize, most - read + 1));
    for (const stored of page) {
      if (read === most) return { read, readFrom: last?.ts ?? null };
      visit(stored);
      read++;
      last = stored;
    }
    if (page.length < pageSize) return { read, readFrom: null };
  }
}
