import { byDecision, recordConditions } from './filter.ts';
import type { Journal, SearchQuestion, SearchResult } from './questions.ts';
import { beyond, decisionRow, mergedRecords, type Stored, type Where } from './rows.ts';

/** Where a page begins: older or newer than a record. */
export interface Cursor {
  readonly way: 'older' | 'newer';
  readonly ts: number;
  readonly id: number;
}

/** Reads a cursor; undefined when it is none. */
export function parseCursor(text: string): Cursor | undefined {
  const [, way, ts, id] = /^(older|newer)-(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  return way === undefined ? undefined : { way: way as Cursor['way'], ts: Number(ts), id: Number(id) };
}

/** Finds decisions, newest first, a page at a time: pages do not shift when records come in. */
export async function searchDecisions(db: Journal, question: SearchQuestion): Promise<SearchResult> {
  const { filter, limit } = question;
  const cursor = question.cursor === undefined ? undefined : parseCursor(question.cursor);
  const isBack = cursor?.way === 'newer';
  const wheres = byDecision(filter).map(
    (one): Where =>
      (e) => {
        const meant = recordConditions(e, one, question);
        return cursor === undefined ? meant : e.and([meant, beyond(isBack ? '>' : '<', cursor.ts, cursor.id)]);
      },
  );
  const found = await mergedRecords(db, wheres, isBack ? 'asc' : 'desc', limit + 1);
  const page = found.slice(0, limit);
  if (isBack) page.reverse();
  const isMore = found.length > limit;
  const [first, last] = [page[0], page.at(-1)];
  return {
    rows: page.map(decisionRow),
    next: last !== undefined && (isBack || isMore) ? cursorOf('older', last) : undefined,
    previous: first !== undefined && (isBack ? isMore : cursor !== undefined) ? cursorOf('newer', first) : undefined,
  };
}

function cursorOf(way: Cursor['way'], { ts, id }: Stored): string {
  return `${way}-${ts}-${id}`;
}
