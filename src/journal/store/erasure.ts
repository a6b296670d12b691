import type { DecisionRecord } from '../../record/record.ts';
import { pseudonym } from './pseudonym.ts';

/** What stands in place of the name of a user who was erased. */
export const erasedUser = 'erased';

/** The names under which a user may be stored. */
export function storedNames(user: string, key: string | undefined): readonly string[] {
  return [...new Set([user, ...(key === undefined ? [] : [pseudonym(user, key)])])];
}

/** The record without its user, or undefined when it is of somebody else: columns hold long names in part. */
export function withoutUser(record: DecisionRecord, names: readonly string[]): DecisionRecord | undefined {
  if (record.user === null || !names.includes(record.user.name)) return undefined;
  return { ...record, user: { name: erasedUser, groups: [] } };
}
