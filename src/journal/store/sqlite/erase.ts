import type { DatabaseSync } from 'node:sqlite';
import { bodyOf, recordOf } from '../body.ts';
import { erasedUser, withoutUser } from '../erasure.ts';
import { searchKey } from '../rows.ts';

const eraseStep = 500;

/** Where an erasure goes on, and what it has done. */
export interface EraseStep {
  /** The last record that was looked at; undefined when all were. */
  readonly after: number | undefined;
  readonly erased: number;
}

/** Erases a user, by one of the stored names, from some records after one. The caller keeps the transaction. */
export function eraseSome(db: DatabaseSync, name: string, after: number): EraseStep {
  const rows = db
    .prepare('SELECT id, body FROM records WHERE user_name = ? AND id > ? ORDER BY id LIMIT ?')
    .all(searchKey(name), after, eraseStep);
  const record = db.prepare('UPDATE records SET user_name = ?, body = ? WHERE id = ?');
  const audit = db.prepare(
    'UPDATE audits SET source_ips = NULL, user_agent = NULL, impersonator = NULL WHERE record = ?',
  );
  let erased = 0;
  for (const row of rows) {
    const id = Number(row['id']);
    const changed = withoutUser(recordOf(row['body'] as Uint8Array), [name]);
    if (changed === undefined) continue;
    record.run(erasedUser, bodyOf(changed), id);
    audit.run(id);
    erased++;
  }
  const last = rows.at(-1)?.['id'];
  return { after: rows.length < eraseStep ? undefined : Number(last), erased };
}

/** Erases a user who acted as another from what the audit log told. */
export function eraseImpersonator(db: DatabaseSync, name: string): void {
  db.prepare('UPDATE audits SET source_ips = NULL, user_agent = NULL, impersonator = ? WHERE impersonator = ?').run(
    erasedUser,
    name,
  );
}
