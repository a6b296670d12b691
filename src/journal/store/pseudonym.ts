import { createHmac } from 'node:crypto';
import type { JournalLine } from '../lines.ts';

const mark = 'user-';

/**
 * The name under which a user is stored: its HMAC-SHA-256, cut to 128 bits, so that the same user keeps the same name and
 * only who has the key can tell which. Names that start with `system:` are those of programs, and stay.
 */
export function pseudonym(name: string, key: string): string {
  if (name.startsWith('system:')) return name;
  return `${mark}${createHmac('sha256', key).update(name).digest('hex').slice(0, 32)}`;
}

/** A line with its user's name replaced, where it has one. */
export function withPseudonyms(line: JournalLine, key: string | undefined): JournalLine {
  if (key === undefined || line.kind !== 'record' || line.line.user === null) return line;
  const user = { ...line.line.user, name: pseudonym(line.line.user.name, key) };
  return { kind: 'record', line: { ...line.line, user } };
}
