import { recordOf } from '../store/body.ts';
import { slowReview } from '../store/schema.ts';
import { records } from './filter.ts';
import type { TimeRange } from './overview.ts';
import type { DecisionRow, Journal } from './questions.ts';
import { decisionRow } from './rows.ts';

/** Lists the reviews that took longest, of those that took 10 ms (`slowReview`) or more. */
export async function slowestReviews(
  db: Journal,
  { from, to, limit }: TimeRange & { readonly limit: number },
): Promise<readonly DecisionRow[]> {
  const rows = await records(db)
    .select(['r.id', 'r.ts', 'r.body'])
    .where('r.duration_ms', '>=', slowReview)
    .where('r.ts', '>=', from)
    .where('r.ts', '<', to)
    .orderBy('r.duration_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id, ts, body }) => decisionRow({ id: Number(id), ts: Number(ts), record: recordOf(body) }));
}
