import type { Cut, DecisionRecord } from './record.ts';
import { mayHoldUnprintable, printable, shortened } from './redact.ts';

/** The longest line that is written, in bytes, with its newline: what Docker and containerd keep in one piece. */
export const lineLimit = 16 * 1024;

/** The longest string in a record whose line was too long, in UTF-16 units. */
const stringLimit = 256;

type List = keyof Cut;

/** The lists of a record that may be cut, by the names under which `cut` counts them. */
const lists = ['images', 'groups', 'judgements', 'paths', 'warnings'] as const satisfies readonly List[];

/**
 * A record as one line of JSON, with its newline: at most 16 KiB, and without unprintable characters.
 *
 * A record that is too long first loses the ends of its long strings (each then ends with `…`), then entries of whichever
 * list is longest; `cut` says how many went.
 */
export function recordLine(record: DecisionRecord): string {
  let line = JSON.stringify(record);
  if (mayHoldUnprintable(line)) line = JSON.stringify(record, (_key, value) => cleaned(value));
  return `${fits(line) ? line : shrunk(record)}\n`;
}

function shrunk(record: DecisionRecord): string {
  let small = JSON.parse(JSON.stringify(record, (_key, value) => cleaned(value, stringLimit))) as DecisionRecord;
  let line = JSON.stringify(small);
  while (!fits(line)) {
    const longest = longestList(small);
    if (longest === undefined) return line;
    small = withoutHalf(small, longest);
    line = JSON.stringify(small);
  }
  return line;
}

function longestList(record: DecisionRecord): List | undefined {
  let longest: List | undefined;
  let most = 0;
  for (const list of lists) {
    const entries = entriesOf(record, list);
    const size = entries.length === 0 ? 0 : JSON.stringify(entries).length;
    if (size > most) [longest, most] = [list, size];
  }
  return longest;
}

function withoutHalf(record: DecisionRecord, list: List): DecisionRecord {
  const entries = entriesOf(record, list);
  const kept = entries.slice(0, Math.floor(entries.length / 2));
  const cut = { ...record.cut, [list]: (record.cut?.[list] ?? 0) + entries.length - kept.length };
  switch (list) {
    case 'groups':
      return { ...record, user: record.user && { ...record.user, groups: kept as readonly string[] }, cut };
    case 'paths':
      return { ...record, patch: record.patch && { ...record.patch, paths: kept as readonly string[] }, cut };
    case 'images':
    case 'judgements':
    case 'warnings':
      return { ...record, [list]: kept, cut };
  }
}

function entriesOf(record: DecisionRecord, list: List): readonly unknown[] {
  if (list === 'groups') return record.user?.groups ?? [];
  if (list === 'paths') return record.patch?.paths ?? [];
  return record[list];
}

function cleaned(value: unknown, limit = Number.POSITIVE_INFINITY): unknown {
  return typeof value === 'string' ? shortened(printable(value), limit) : value;
}

/** A UTF-16 unit takes at most three bytes, so that most lines need not be measured. */
function fits(line: string): boolean {
  return line.length * 3 < lineLimit || Buffer.byteLength(line) < lineLimit;
}
