import type { DecisionRecord } from '../../record/record.ts';
import { pseudonym } from './pseudonym.ts';
import type { AuditEvent } from './store.ts';

/** What stands in place of the name of a user who was erased. */
export const erasedUser = 'erased';

/** The names under which a user may be stored. */
export function storedNames(user: string, key: string | undefined): readonly string[] {
  return [...new Set([user, ...(key === undefined ? [] : [pseudonym(user, key)])])];
}

/** What may be kept of an event of a record: of one whose user was erased, the audit log must not bring anything back. */
export function keptOf(event: AuditEvent, record: DecisionRecord): AuditEvent {
  if (record.user?.name !== erasedUser) return event;
  return { ...event, sourceIps: [], userAgent: null, impersonator: null };
}

/** The record without its user, or undefined when it is of somebody else: columns hold long names in part. */
export function withoutUser(record: DecisionRecord, names: readonly string[]): DecisionRecord | undefined {
  if (record.user === null || !names.includes(record.user.name)) return undefined;
  return { ...record, user: { name: erasedUser, groups: [] } };
}
