import type { DatabaseSync } from 'node:sqlite';
import { recordOf } from '../body.ts';
import { keptOf } from '../erasure.ts';
import { pseudonym } from '../pseudonym.ts';
import { uidKey } from '../rows.ts';
import type { AuditEvent, Joined } from '../store.ts';

/** Adds audit events to their records; the caller keeps the transaction. */
export function joinEvents(db: DatabaseSync, events: readonly AuditEvent[], key: string | undefined): Joined {
  const find = db.prepare('SELECT id, ts, body FROM records WHERE uid_key = ?');
  const add = db.prepare('INSERT INTO audits VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (record) DO NOTHING');
  let joined = 0;
  let duplicates = 0;
  let unmatched = 0;
  for (const event of events) {
    const row = find
      .all(uidKey(event.review))
      .map(({ id, ts, body }) => ({ id, ts, record: recordOf(body as Uint8Array) }))
      .find(({ record }) => record.uid === event.review);
    if (row === undefined) {
      unmatched++;
      continue;
    }
    const { auditId, sourceIps, userAgent, impersonator } = keptOf(event, row.record);
    const who = impersonator === null || key === undefined ? impersonator : pseudonym(impersonator, key);
    const { changes } = add.run(
      Number(row.id),
      Number(row.ts),
      auditId,
      sourceIps.length === 0 ? null : sourceIps.join(', '),
      userAgent,
      who,
    );
    if (Number(changes) === 1) joined++;
    else duplicates++;
  }
  return { joined, duplicates, unmatched };
}
