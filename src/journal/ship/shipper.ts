import { setImmediate } from 'node:timers/promises';
import { atMostOnceAMinute } from '../../record/losses.ts';
import { delayOf, firstDelay } from './delay.ts';
import type { Batch, LineQueue } from './queue.ts';

/** What came of sending some lines once. */
export type Sent =
  | { readonly kind: 'stored'; readonly refused: number }
  /** The journal will never take these bytes. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** They may be taken later. `retryAfter` is what the journal asks for, in milliseconds. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfter?: number };

/** Why records were dropped: no room in the queue, no more time at the end, or the journal would not have them. */
export type DropReason = 'full' | 'shutdown' | 'refused';

/** What the metrics tell of the shipping. */
export interface ShippingReadings {
  /** Records that the journal has said to have. */
  readonly shipped: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Requests that failed and were, or will be, sent again. */
  readonly retries: number;
  /** Lines that wait or are on their way. */
  readonly queueLines: number;
  /** Memory of the queue. */
  readonly queueBytes: number;
  /** When the journal last took something, in milliseconds since the epoch; 0 for never. */
  readonly lastSuccess: number;
  /** Why nothing can be shipped just now. */
  readonly problem: string | undefined;
}

/** What is told, in words for the log. */
export interface ShippingLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** What a shipper is made of. */
export interface ShipperOptions {
  readonly queue: LineQueue;
  /** Sends lines once. Never rejects; the signal aborts it. */
  readonly send: (lines: Uint8Array, signal: AbortSignal) => Promise<Sent>;
  readonly log: ShippingLog;
  readonly random?: () => number;
}

/** Sends what is put into a queue to the journal, in order, one request at a time, until each is answered. */
export interface Shipper {
  /** Takes a line for the journal, with its newline. Never throws and never waits. */
  put(line: string, isRecord: boolean): void;
  /** Sends a line before all others, as often as it takes; each key once. */
  putFirst(key: string, line: string): void;
  readings(): ShippingReadings;
  /** Sends what is left for at most `patience` milliseconds, counts what then still is, and ends. */
  close(patience: number): Promise<void>;
}

/** How long a line waits for company. */
const wait = 1_000;
/** Configurations that wait at most: the older ones are of no use without the records that were dropped before them. */
const firstLimit = 4;

interface Failure {
  readonly since: number;
  problem: string;
  isTold: boolean;
}

interface State extends Required<ShipperOptions> {
  readonly first: Map<string, string>;
  timer: NodeJS.Timeout | undefined;
  running: Promise<void> | undefined;
  /** Ends the present pause. */
  wake: () => void;
  readonly abort: AbortController;
  isClosing: boolean;
  inFlight: Batch | undefined;
  failure: Failure | undefined;
  /** A journal that fails every other time is told of once a minute. */
  readonly mayNote: () => boolean;
  shipped: number;
  readonly dropped: { shutdown: number; refused: number };
  retries: number;
  lastSuccess: number;
  droppedAtSuccess: number;
}

/** Starts a shipper; nothing is sent before there is something to send. */
export function startShipper(options: ShipperOptions): Shipper {
  const state: State = {
    random: Math.random,
    ...options,
    first: new Map(),
    timer: undefined,
    running: undefined,
    wake: () => {},
    abort: new AbortController(),
    isClosing: false,
    inFlight: undefined,
    failure: undefined,
    mayNote: atMostOnceAMinute(),
    shipped: 0,
    dropped: { shutdown: 0, refused: 0 },
    retries: 0,
    lastSuccess: 0,
    droppedAtSuccess: 0,
  };
  return {
    put(line, isRecord) {
      const isFull = state.queue.put(line, isRecord);
      if (state.running === undefined) isFull ? run(state) : runSoon(state);
    },
    putFirst: (key, line) => putFirst(state, key, line),
    readings: () => readingsOf(state),
    close: (patience) => close(state, patience),
  };
}

function putFirst(state: State, key: string, line: string): void {
  state.first.set(key, line);
  const [oldest] = state.first.keys();
  if (state.first.size > firstLimit && oldest !== undefined) state.first.delete(oldest);
  runSoon(state);
}

function runSoon(state: State): void {
  state.timer ??= setTimeout(() => run(state), wait).unref();
}

function run(state: State): void {
  clearTimeout(state.timer);
  state.timer = undefined;
  state.running ??= sendAll(state).finally(() => {
    state.running = undefined;
    if (state.queue.lines() + state.first.size > 0 && !state.abort.signal.aborted) runSoon(state);
  });
}

/** Sends all that makes whole batches, and with the first of them what has waited long enough. */
async function sendAll(state: State): Promise<void> {
  // Not in the turn of the review whose line filled a batch.
  await setImmediate();
  for (let isFirst = true; !state.abort.signal.aborted; isFirst = false) {
    while (state.first.size > 0 && !state.abort.signal.aborted) await sendFirst(state);
    const batch = state.queue.take(isFirst || state.isClosing);
    if (batch === undefined) return;
    state.inFlight = batch;
    const sent = await deliver(state, batch.bytes);
    settle(state, batch, sent);
  }
}

async function sendFirst(state: State): Promise<void> {
  const [key = ''] = state.first.keys();
  const line = state.first.get(key) ?? '';
  await deliver(state, Buffer.from(line));
  state.first.delete(key);
}

function settle(state: State, batch: Batch, sent: Sent): void {
  state.inFlight = undefined;
  state.queue.release(batch);
  if (sent.kind === 'stored') {
    // A heartbeat is never refused by a journal of the same version; if one is, a record looks refused.
    const refused = Math.min(sent.refused, batch.records);
    state.shipped += batch.records - refused;
    state.dropped.refused += refused;
  } else if (sent.kind === 'refused') state.dropped.refused += batch.records;
  else state.dropped.shutdown += batch.records;
}

/** Sends lines until the journal has taken or refused them, or there is no more time. */
async function deliver(state: State, lines: Uint8Array): Promise<Sent> {
  for (let attempt = 0; ; attempt++) {
    const sent = await state.send(lines, state.abort.signal);
    if (sent.kind === 'stored') succeeded(state, sent.refused);
    if (sent.kind === 'refused') note(state, sent.problem, 'the journal refuses a batch of records: it is dropped');
    if (sent.kind !== 'failed' || state.abort.signal.aborted) return sent;
    state.retries++;
    failed(state, sent.problem);
    // At the end there is no time to wait as long as the journal would like.
    await pause(state, state.isClosing ? firstDelay : delayOf(attempt, sent.retryAfter, state.random));
    if (state.abort.signal.aborted) return sent;
  }
}

function pause(state: State, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds).unref();
  state.wake = resolve;
  return promise.finally(() => clearTimeout(timer));
}

function succeeded(state: State, refused: number): void {
  state.lastSuccess = Date.now();
  if (refused > 0) note(state, `${refused} lines`, 'the journal refuses some records: they are dropped');
  const { failure, droppedAtSuccess } = state;
  state.failure = undefined;
  state.droppedAtSuccess = state.queue.dropped();
  if (failure?.isTold !== true) return;
  const dropped = state.droppedAtSuccess - droppedAtSuccess;
  const seconds = Math.round((performance.now() - failure.since) / 1000);
  state.log.info({ dropped, seconds }, 'records are shipped to the journal again');
}

function failed(state: State, problem: string): void {
  state.failure ??= { since: performance.now(), problem, isTold: false };
  state.failure.problem = problem;
  state.failure.isTold ||= note(state, problem, 'records cannot be shipped to the journal: they wait');
}

function note(state: State, problem: string, message: string): boolean {
  if (!state.mayNote()) return false;
  state.log.warn({ problem }, message);
  return true;
}

async function close(state: State, patience: number): Promise<void> {
  state.isClosing = true;
  const deadline = setTimeout(() => {
    state.abort.abort();
    state.wake();
  }, patience);
  state.wake();
  run(state);
  await state.running;
  // Lines that came while the last answer was awaited.
  run(state);
  await state.running;
  clearTimeout(deadline);
  state.abort.abort();
  clearTimeout(state.timer);
  state.dropped.shutdown += state.queue.records();
  if (state.dropped.shutdown === 0) return;
  state.log.warn(
    { records: state.dropped.shutdown },
    'records were not shipped before the end: they are in the log only',
  );
}

function readingsOf(state: State): ShippingReadings {
  const { queue, inFlight, shipped, dropped, retries, lastSuccess, failure } = state;
  return {
    shipped,
    dropped: { full: queue.dropped(), ...dropped },
    retries,
    queueLines: queue.lines() + (inFlight?.lines ?? 0),
    queueBytes: queue.bytes(),
    lastSuccess,
    problem: failure?.problem,
  };
}
