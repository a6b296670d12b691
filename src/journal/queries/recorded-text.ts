import { erasedUser } from '../store/erasure.ts';

/** How long a string of a record is whose line was too long. */
const cutLength = 256;

/** Whether a recorded text may not be what it was: its end was cut, or characters of it were replaced. */
export function isShortened(text: string): boolean {
  return (text.length === cutLength && text.endsWith('…')) || text.includes('\ufffd');
}

/** Whether a recorded user's name stands for another: a pseudonym, or what is left of a user who was erased. */
export function isStandIn(name: string): boolean {
  return name === erasedUser || /^user-[0-9a-f]{32}$/.test(name);
}
