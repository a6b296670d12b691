import { ownerKey, searchKey, uidKey } from '../store/rows.ts';
import type { AuditFacts, DecisionQuestion, DecisionResult, DecisionRow, Journal, Neighbours } from './questions.ts';
import { beyond, decisionRow, type Stored, storedRecords } from './rows.ts';

/** Decisions before, and as many after. */
const neighbourCount = 5;

/** Finds one decision, with what is known of it elsewhere, and what else happened to its owner and by its user. */
export async function findDecision(db: Journal, question: DecisionQuestion): Promise<DecisionResult | undefined> {
  const found = await storedRecord(db, question);
  if (found === undefined) return undefined;
  const { record } = found;
  const [audit, owner, user] = await Promise.all([
    auditOf(db, found),
    neighbours(db, found, 'r.owner', ownerKey(record.owner), record.namespace),
    neighbours(db, found, 'r.user_name', record.user === null ? null : searchKey(record.user.name), undefined),
  ]);
  return { row: decisionRow(found), record, audit, neighbours: { owner, user } };
}

async function storedRecord(db: Journal, question: DecisionQuestion): Promise<Stored | undefined> {
  if ('id' in question) return (await storedRecords(db, (e) => e('r.id', '=', question.id), 'desc', 1))[0];
  if ('uid' in question) {
    // Others may have the same key.
    const some = await storedRecords(db, (e) => e('r.uid_key', '=', uidKey(question.uid)), 'desc', 100);
    return some.find(({ record }) => record.uid === question.uid);
  }
  return await recordBySeq(db, question);
}

/** Records have no index on their seq: the stretch of time in which it was given is known. */
async function recordBySeq(
  db: Journal,
  { instance, seq }: { readonly instance: string; readonly seq: number },
): Promise<Stored | undefined> {
  const range = await db
    .selectFrom('seq_ranges as s')
    .innerJoin('instances as i', 'i.id', 's.instance')
    .select(['i.id', 's.first_ts', 's.last_ts'])
    .where('i.name', '=', instance)
    .where('s.first_seq', '<=', seq)
    .where('s.last_seq', '>=', seq)
    .executeTakeFirst();
  if (range === undefined) return undefined;
  // A clock that was set back in between puts records outside of it.
  for (const isWithin of [true, false]) {
    const found = await storedRecords(
      db,
      (e) => {
        const named = e.and([e('r.instance', '=', range.id), e('r.seq', '=', seq)]);
        return isWithin ? e.and([named, e('r.ts', '>=', range.first_ts), e('r.ts', '<=', range.last_ts)]) : named;
      },
      'desc',
      1,
    );
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

async function auditOf(db: Journal, { id, ts }: Stored): Promise<AuditFacts | null> {
  const row = await db
    .selectFrom('audits')
    .select(['audit_id', 'source_ips', 'user_agent', 'impersonator'])
    .where('record', '=', id)
    .where('ts', '=', ts)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    auditId: row.audit_id,
    sourceIps: row.source_ips,
    userAgent: row.user_agent,
    impersonator: row.impersonator,
  };
}

async function neighbours(
  db: Journal,
  { id, ts }: Stored,
  column: 'r.owner' | 'r.user_name',
  value: string | null,
  namespace: string | null | undefined,
): Promise<Neighbours> {
  if (value === null) return { after: [], before: [] };
  const some = async (side: '<' | '>'): Promise<readonly DecisionRow[]> => {
    const found = await storedRecords(
      db,
      (e) => {
        const alike = [e(column, '=', value), beyond(side, ts, id)];
        if (namespace !== undefined)
          alike.push(namespace === null ? e('r.namespace', 'is', null) : e('r.namespace', '=', searchKey(namespace)));
        return e.and(alike);
      },
      side === '<' ? 'desc' : 'asc',
      neighbourCount,
    );
    return found.map(decisionRow);
  };
  const [before, after] = await Promise.all([some('<'), some('>')]);
  return { after: after.toReversed(), before };
}
