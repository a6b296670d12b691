import { isObject } from '../../kubernetes/shape.ts';
import { type JournalLine, parseLine } from '../lines.ts';
import type { AuditEvent, JournalStore } from '../store/store.ts';
import { auditEventsOf, isAuditEvent } from './audit-event.ts';
import { type NumberedLine, readLines } from './read-lines.ts';
import { type Unwrap, type Unwrapped, unwrapper } from './unwrap.ts';

/** The longest line that is read, in bytes: audit events hold whole objects. */
const longestLine = 8 * 1024 * 1024;

/** Lines that go to the store at once. */
const batchSize = 1_000;

/** Unreadable lines that are told of one by one. */
const mostTold = 100;

/** What a log held, and what became of it. */
export interface Ingested {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly expired: number;
  readonly ahead: number;
  readonly heartbeats: number;
  readonly configurations: number;
  /** Audit events that were joined to their record. */
  readonly joined: number;
  readonly joinedBefore: number;
  /** Audit events of ours whose record is not in the journal. */
  readonly unmatched: number;
  /** Audit events that our webhooks took no part in. */
  readonly otherEvents: number;
  /** Lines of the operational log. */
  readonly operational: number;
  readonly unreadable: number;
  /** The first of them. */
  readonly problems: readonly UnreadableLine[];
}

export interface UnreadableLine {
  readonly line: number;
  readonly reason: string;
}

type Counts = { -readonly [K in keyof Omit<Ingested, 'problems'>]: number };

interface State {
  readonly store: JournalStore;
  readonly unwrap: Unwrap;
  readonly counts: Counts;
  readonly problems: UnreadableLine[];
  lines: JournalLine[];
  events: AuditEvent[];
}

/** Reads a log to its end, and stores what is ours in it. Rejects with a StoreError; what was stored until then stays. */
export async function ingest(store: JournalStore, input: AsyncIterable<Uint8Array>): Promise<Ingested> {
  const state: State = { store, unwrap: unwrapper(), counts: noCounts(), problems: [], lines: [], events: [] };
  for await (const block of readLines(input, longestLine)) {
    for (const line of block) take(state, line);
    if (state.lines.length + state.events.length >= batchSize) await flush(state);
  }
  await flush(state);
  return { ...state.counts, problems: state.problems };
}

function take(state: State, { number, text }: NumberedLine): void {
  state.counts.lines++;
  const unwrapped: Unwrapped =
    text === undefined ? { kind: 'problem', reason: `is longer than ${longestLine} bytes` } : state.unwrap(text);
  if (unwrapped.kind === 'problem') unreadable(state, number, unwrapped.reason);
  if (unwrapped.kind === 'line') takeValue(state, number, unwrapped.value, unwrapped.text);
}

function takeValue(state: State, number: number, value: unknown, text: string): void {
  if (isObject(value) && isAuditEvent(value)) {
    const events = auditEventsOf(value);
    if (events.length === 0) state.counts.otherEvents++;
    state.events.push(...events);
    return;
  }
  if (isObject(value) && !Object.hasOwn(value, 'v') && Object.hasOwn(value, 'level') && Object.hasOwn(value, 'msg')) {
    state.counts.operational++;
    return;
  }
  const line = parseLine(text);
  if (line.kind === 'heartbeat') state.counts.heartbeats++;
  if (line.kind === 'configuration') state.counts.configurations++;
  if (line.kind === 'problem') unreadable(state, number, line.reason);
  else state.lines.push(line);
}

function unreadable(state: State, line: number, reason: string): void {
  state.counts.unreadable++;
  if (state.problems.length < mostTold) state.problems.push({ line, reason });
}

/** Records first: audit events may be of those. */
async function flush(state: State): Promise<void> {
  const { store, counts, lines, events } = state;
  state.lines = [];
  state.events = [];
  for (let start = 0; start < lines.length; start += batchSize) {
    const { stored, duplicates, expired, ahead } = await store.insert(lines.slice(start, start + batchSize));
    counts.stored += stored;
    counts.duplicates += duplicates;
    counts.expired += expired;
    counts.ahead += ahead;
  }
  if (events.length === 0) return;
  const { joined, duplicates, unmatched } = await store.joinAudits(events);
  counts.joined += joined;
  counts.joinedBefore += duplicates;
  counts.unmatched += unmatched;
}

function noCounts(): Counts {
  return {
    lines: 0,
    stored: 0,
    duplicates: 0,
    expired: 0,
    ahead: 0,
    heartbeats: 0,
    configurations: 0,
    joined: 0,
    joinedBefore: 0,
    unmatched: 0,
    otherEvents: 0,
    operational: 0,
    unreadable: 0,
  };
}
