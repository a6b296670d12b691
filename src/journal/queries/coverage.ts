import type { TimeRange } from './overview.ts';
import type { Journal } from './questions.ts';
import type { Rejudged } from './rejudge.ts';
import type { Coverage, NotRecorded, Unjudged } from './roll-out.ts';
import { type Stored, workloadOf } from './rows.ts';
import type { Reading } from './stream.ts';

/** So many workloads are named for each reason. */
const mostExamples = 10;

/** Keeps count of what was judged anew, and of what was not, and why. */
export interface CoverageTally {
  add(stored: Stored, result: Rejudged): void;
  result(reading: Reading, notRecorded: NotRecorded): Coverage;
}

/** Starts to count. */
export function coverageTally(): CoverageTally {
  let judged = 0;
  const versions: Record<string, number> = {};
  const reasons = new Map<string, Unjudged & { readonly examples: Set<string> }>();
  return {
    add({ ts, record }, result) {
      versions[record.version] = (versions[record.version] ?? 0) + 1;
      if (result.kind === 'judged') {
        judged++;
        return;
      }
      const key = `${result.reason}\n${result.detail}`;
      const known = reasons.get(key);
      const examples = known?.examples ?? new Set();
      if (examples.size < mostExamples) examples.add(`${record.namespace ?? '-'}/${workloadOf(record) ?? '-'}`);
      const { reason, detail } = result;
      const [first, last] = [Math.min(known?.first ?? ts, ts), Math.max(known?.last ?? ts, ts)];
      reasons.set(key, { reason, detail, n: (known?.n ?? 0) + 1, first, last, workloads: [], examples });
    },
    result({ read, readFrom }, notRecorded) {
      const unjudged = [...reasons.values()]
        .map(({ examples, ...rest }) => ({ ...rest, workloads: [...examples] }))
        .sort((a, b) => b.n - a.n);
      return { read, judged, unjudged, notRecorded, versions, readFrom };
    },
  };
}

/** Counts what the instances of a time have answered without a record, as far as heartbeats told. */
export async function notRecorded(db: Journal, { from, to }: TimeRange): Promise<NotRecorded> {
  const rows = await db
    .selectFrom('instances')
    .select(['received', 'seq'])
    .where('last_seen', '>=', from)
    .where('first_seen', '<', to)
    .where('last_heartbeat', 'is not', null)
    .execute();
  return {
    reviews: rows.reduce((sum, { received }) => sum + received, 0),
    plain: rows.reduce((sum, { received, seq }) => sum + Math.max(0, received - seq), 0),
  };
}
