/** Seq numbers without a hole, with the times of the first and the last. */
export interface SeqRange {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_ts: number;
  readonly last_ts: number;
}

/** How the ranges of an instance change. */
export interface RangeChange {
  /** `first_seq` of those that go. */
  readonly removed: readonly number[];
  readonly added: readonly SeqRange[];
}

/** Whether a number lies in one of the ranges, which are in order. */
export function holdsSeq(ranges: readonly SeqRange[], seq: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (seq < range.first_seq) high = middle - 1;
    else if (seq > range.last_seq) low = middle + 1;
    else return true;
  }
  return false;
}

/**
 * Adds numbers, each with its time, that no range holds. Pure.
 *
 * `ranges` are all those of the instance that hold or touch one of the numbers; others may be among them.
 */
export function withSeqs(ranges: readonly SeqRange[], seqs: ReadonlyMap<number, number>): RangeChange {
  const single = [...seqs].map(([seq, ts]) => ({ first_seq: seq, last_seq: seq, first_ts: ts, last_ts: ts }));
  const sorted = [...ranges, ...single].sort((a, b) => a.first_seq - b.first_seq);
  const merged: SeqRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.first_seq > last.last_seq + 1) merged.push(range);
    else merged[merged.length - 1] = { ...last, last_seq: range.last_seq, last_ts: range.last_ts };
  }
  const kept = new Set<SeqRange>(merged);
  const before = new Set<SeqRange>(ranges);
  return {
    removed: ranges.filter((range) => !kept.has(range)).map(({ first_seq }) => first_seq),
    added: merged.filter((range) => !before.has(range)),
  };
}
