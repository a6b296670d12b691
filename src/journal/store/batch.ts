import type { DecisionRecord } from '../../record/record.ts';
import type { Heartbeat, JournalLine } from '../lines.ts';
import { withPseudonyms } from './pseudonym.ts';
import { dayMs } from './schema.ts';
import { holdsSeq, type RangeChange, type SeqRange, withSeqs } from './seq-ranges.ts';

/** How old a record may be that is stored, where nothing else is said: it bounds how many days a store can have. */
export const defaultMaxAge = 3660 * dayMs;

/** Lines of a batch, sorted for insertion. */
export interface Batch {
  /** By the name of the instance; the names are in order, so that writers cannot block each other for good. */
  readonly records: ReadonlyMap<string, readonly DecisionRecord[]>;
  /** The newest of each instance, with the highest `seq` of all. */
  readonly heartbeats: ReadonlyMap<string, Heartbeat>;
  /** By hash, in order. */
  readonly configurations: ReadonlyMap<string, SeenConfiguration>;
  /** The first and the last time that each instance was heard of, in the order of their names. */
  readonly instances: ReadonlyMap<string, Seen>;
  readonly expired: number;
  readonly ahead: number;
}

/** When something was seen, in milliseconds since the epoch. */
export interface Seen {
  readonly first: number;
  readonly last: number;
}

export interface SeenConfiguration extends Seen {
  /** JSON. */
  readonly document: string | null;
}

/** What sorting lines depends on. */
export interface BatchOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly pseudonymKey: string | undefined;
}

/** Sorts lines. What is from before the horizon, or from more than a day ahead of the clock, is left out. */
export function batchOf(lines: readonly JournalLine[], horizon: number, options: BatchOptions): Batch {
  const { now } = options;
  const oldest = Math.max(horizon, now - options.maxAge);
  const records = new Map<string, DecisionRecord[]>();
  const heartbeats = new Map<string, Heartbeat>();
  const configurations = new Map<string, SeenConfiguration>();
  const instances = new Map<string, Seen>();
  let expired = 0;
  let ahead = 0;
  for (const raw of lines) {
    const ts = Date.parse(raw.line.ts);
    const isRecord = raw.kind === 'record';
    if (ts < oldest) {
      if (isRecord) expired++;
      continue;
    }
    if (ts > now + dayMs) {
      if (isRecord) ahead++;
      continue;
    }
    const { kind, line } = withPseudonyms(raw, options.pseudonymKey);
    instances.set(line.instance, widened(instances.get(line.instance), ts));
    const known = configurations.get(line.configHash);
    const document = kind === 'configuration' ? JSON.stringify(line.document) : (known?.document ?? null);
    configurations.set(line.configHash, { ...widened(known, ts), document });
    if (kind === 'record') append(records, line);
    if (kind === 'heartbeat') heartbeats.set(line.instance, newerOf(line, heartbeats.get(line.instance)));
  }
  return {
    records: inOrder(records),
    heartbeats,
    configurations: inOrder(configurations),
    instances: inOrder(instances),
    expired,
    ahead,
  };
}

/** What is kept of a heartbeat, in the order in which both stores name the columns: the instance's name is the last. */
export function heartbeatValues(line: Heartbeat): readonly (string | number | null)[] {
  return [
    line.version,
    line.configHash,
    Date.parse(line.startedAt),
    line.received,
    line.dropped,
    line.queued,
    line.final ? 1 : 0,
    line.certificateExpires === null ? null : Date.parse(line.certificateExpires),
    Date.parse(line.ts),
    line.instance,
  ];
}

/** The records of an instance that are not known yet, and how its ranges change by them. */
export interface Fresh {
  readonly records: readonly DecisionRecord[];
  readonly duplicates: number;
  readonly change: RangeChange;
}

/** Leaves out what the ranges hold, and what the batch has twice. */
export function freshOf(records: readonly DecisionRecord[], ranges: readonly SeqRange[]): Fresh {
  const seqs = new Map<number, number>();
  const fresh: DecisionRecord[] = [];
  for (const record of records) {
    if (seqs.has(record.seq) || holdsSeq(ranges, record.seq)) continue;
    seqs.set(record.seq, Date.parse(record.ts));
    fresh.push(record);
  }
  return { records: fresh, duplicates: records.length - fresh.length, change: withSeqs(ranges, seqs) };
}

/** The lowest and the highest seq of records. */
export function seqSpan(records: readonly DecisionRecord[]): { readonly low: number; readonly high: number } {
  let low = Number.MAX_SAFE_INTEGER;
  let high = 0;
  for (const { seq } of records) {
    if (seq < low) low = seq;
    if (seq > high) high = seq;
  }
  return { low, high };
}

/** Numbers only grow: the highest counts, also where a clock was set back. */
function newerOf(line: Heartbeat, known: Heartbeat | undefined): Heartbeat {
  if (known === undefined) return line;
  return { ...(known.ts <= line.ts ? line : known), seq: Math.max(known.seq, line.seq) };
}

function widened(known: Seen | undefined, ts: number): Seen {
  return { first: Math.min(known?.first ?? ts, ts), last: Math.max(known?.last ?? ts, ts) };
}

function append(records: Map<string, DecisionRecord[]>, record: DecisionRecord): void {
  const list = records.get(record.instance);
  if (list === undefined) records.set(record.instance, [record]);
  else list.push(record);
}

function inOrder<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
