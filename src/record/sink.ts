import fs from 'node:fs';
import { countLosses, type Losses } from './losses.ts';

/** Where lines go. It never blocks admission, never throws, and counts what it loses. */
export interface Sink {
  /** Takes one line, with its newline. */
  write(line: string): void;
  /** Resolves when what was taken is written, or `patience` milliseconds have passed. */
  flush(patience?: number): Promise<void>;
  /** Writes what is left at once, for the exit path: gives up on a destination that takes nothing for a second. */
  flushSync(): void;
  /** Lines lost since the start, because the buffer was full or the destination was gone at exit. */
  dropped(): number;
  /** Why the last write failed; undefined once one succeeded again. */
  problem(): string | undefined;
}

export interface SinkOptions {
  /** The file descriptor; standard output when absent. */
  readonly fd?: number;
  /** Whether each line is written before write returns. Asked at each line, since a reload may change it. */
  readonly sync?: () => boolean;
  /** Called at most once a minute with the number of lines lost since the last call, when there were some. */
  readonly onDrops?: (lines: number) => void;
  /** How long a line waits at most, in milliseconds. */
  readonly flushAfter?: number;
  /** How much is held while the destination takes nothing, in bytes. */
  readonly maxLength?: number;
}

/**
 * Lines wait for company until a block of this size is full, as long as `flushAfter` lets them: a trip to the thread pool
 * and back costs more than a record does. A pipe holds as much, and to write one takes no long slice of the event loop.
 */
const blockSize = 64 * 1024;
/** Written blocks that are kept to be filled again: one is filled while another is written. */
const spareBlocks = 2;
const newline = 0x0a;
/** The most bytes of a UTF-16 unit. */
const bytesOfUnit = 3;
const retryAfter = 100;
const exitPatience = 1_000;

interface State extends Required<Omit<SinkOptions, 'onDrops'>> {
  /** What waits to be written, and the block that is being filled, as far as `filled`. */
  readonly blocks: Buffer[];
  open: Buffer;
  filled: number;
  readonly spare: Buffer[];
  /** Of all that waits, the open block included. */
  length: number;
  /** What a thread of the pool writes, or what waits to be written again. */
  inFlight: Buffer | undefined;
  retry: NodeJS.Timeout | undefined;
  flushIsDue: boolean;
  readonly losses: Losses;
  problem: string | undefined;
  waiting: (() => void)[];
}

/**
 * Buffers lines for a file descriptor.
 *
 * Not sonic-boom (pino's destination): its flushSync tries for ever when the disk is full or the reader is gone, which
 * would keep the process from ending, and after EPIPE pino replaces its write by nothing, uncounted.
 *
 * Lines are encoded as they come, into blocks that are used again: strings that are joined later would outlive the young
 * generation, and cost as much again as to make the line.
 */
export function openSink(options: SinkOptions = {}): Sink {
  const state: State = {
    fd: options.fd ?? 1,
    sync: options.sync ?? (() => false),
    flushAfter: options.flushAfter ?? 250,
    maxLength: options.maxLength ?? 16 * 1024 * 1024,
    blocks: [],
    open: Buffer.allocUnsafeSlow(blockSize),
    filled: 0,
    spare: [],
    length: 0,
    inFlight: undefined,
    retry: undefined,
    flushIsDue: false,
    losses: countLosses(options.onDrops ?? (() => {})),
    problem: undefined,
    waiting: [],
  };
  return {
    write: (line) => take(state, line),
    flush: (patience = 2_000) => flush(state, patience),
    flushSync: () => flushAtExit(state),
    dropped: state.losses.total,
    problem: () => state.problem,
  };
}

function take(state: State, line: string): void {
  if (!append(state, line)) {
    state.losses.add(1);
    return;
  }
  if (state.sync() && state.inFlight === undefined) {
    writeRest(state, 0);
    if (state.length > 0) pump(state);
    return;
  }
  if (state.blocks.length > 0) pump(state);
  flushSoon(state);
}

/** Puts a line behind the others; false when that would be more than is held. */
function append(state: State, line: string): boolean {
  let room = state.open.length - state.filled;
  if (line.length * bytesOfUnit > room || state.length + line.length * bytesOfUnit > state.maxLength) {
    const bytes = Buffer.byteLength(line);
    if (state.length + bytes > state.maxLength) return false;
    if (bytes > room) {
      seal(state);
      room = state.open.length;
    }
    if (bytes > room) {
      state.blocks.push(Buffer.from(line));
      state.length += bytes;
      return true;
    }
  }
  const bytes = state.open.write(line, state.filled);
  state.filled += bytes;
  state.length += bytes;
  return true;
}

/** No line waits longer than `flushAfter`; the timer only runs while something waits. */
function flushSoon(state: State): void {
  if (state.flushIsDue || state.length === 0) return;
  state.flushIsDue = true;
  setTimeout(() => {
    state.flushIsDue = false;
    pump(state);
  }, state.flushAfter).unref();
}

/** Starts the next write, unless one is under way. */
function pump(state: State): void {
  if (state.inFlight !== undefined) return;
  if (state.blocks.length === 0) seal(state);
  const block = state.blocks.shift();
  if (block === undefined) {
    for (const resolve of state.waiting.splice(0)) resolve();
    return;
  }
  state.length -= block.length;
  send(state, block);
}

function send(state: State, chunk: Buffer): void {
  state.inFlight = chunk;
  state.retry = undefined;
  fs.write(state.fd, chunk, (error, written) => {
    if (error === null) sent(state, chunk, written);
    else failed(state, chunk, error);
  });
}

function sent(state: State, chunk: Buffer, written: number): void {
  const rest = chunk.subarray(written);
  if (state.inFlight !== chunk) {
    state.losses.add(linesIn(rest));
    return;
  }
  state.problem = undefined;
  if (rest.length > 0) {
    send(state, rest);
    return;
  }
  state.inFlight = undefined;
  reuse(state, chunk);
  state.losses.tell();
  if (state.blocks.length > 0 || state.waiting.length > 0) pump(state);
  else flushSoon(state);
}

/** EAGAIN: the reader is slow. Anything else may pass too (a disk with room again); until then the buffer fills. */
function failed(state: State, chunk: Buffer, error: NodeJS.ErrnoException): void {
  if (state.inFlight !== chunk) {
    state.losses.add(linesIn(chunk));
    return;
  }
  if (error.code !== 'EAGAIN') state.problem = error.code ?? error.message;
  state.retry = setTimeout(() => send(state, chunk), retryAfter).unref();
}

function flush(state: State, patience: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const deadline = setTimeout(resolve, patience);
  state.waiting.push(resolve);
  pump(state);
  return promise.finally(() => clearTimeout(deadline));
}

function flushAtExit(state: State): void {
  if (state.inFlight !== undefined) {
    // What a thread of the pool has in its hands cannot be taken back: it gets a moment to end, in order not to be
    // overtaken. What failed and waits to be written again is written here.
    if (state.retry === undefined) sleep(20);
    else state.blocks.unshift(state.inFlight);
    clearTimeout(state.retry);
    state.retry = undefined;
    state.inFlight = undefined;
  }
  writeRest(state, exitPatience);
  for (const block of state.blocks.splice(0)) state.losses.add(linesIn(block));
  state.length = 0;
}

/** Writes all that is buffered; what could not be written within `patience` stays, and `problem` says why. */
function writeRest(state: State, patience: number): void {
  seal(state);
  const deadline = performance.now() + patience;
  for (let block = state.blocks[0]; block !== undefined; block = state.blocks[0]) {
    const rest = writtenSync(state, block, deadline);
    if (rest.length > 0) {
      state.blocks[0] = rest;
      break;
    }
    state.blocks.shift();
    reuse(state, block);
  }
  state.length = state.blocks.reduce((sum, { length }) => sum + length, 0);
}

/** Writes a block at once, as often as the destination is only busy, until the deadline. Returns what is left of it. */
function writtenSync(state: State, block: Buffer, deadline: number): Buffer {
  let rest = block;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(state.fd, rest));
      state.problem = undefined;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (code !== 'EAGAIN') state.problem = code;
      if (code !== 'EAGAIN' || performance.now() >= deadline) break;
      sleep(10);
    }
  }
  return rest;
}

function seal(state: State): void {
  if (state.filled === 0) return;
  state.blocks.push(state.open.subarray(0, state.filled));
  state.open = state.spare.pop() ?? Buffer.allocUnsafeSlow(blockSize);
  state.filled = 0;
}

/** Keeps the memory of a block that was written, unless it was made for one long line. */
function reuse(state: State, block: Buffer): void {
  if (block.buffer.byteLength !== blockSize || state.spare.length >= spareBlocks) return;
  state.spare.push(Buffer.from(block.buffer));
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
