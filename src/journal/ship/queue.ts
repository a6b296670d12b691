/** Lines that are sent together: as bytes, each with its newline. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** How many of the lines are decision records. */
  readonly records: number;
}

/** Lines that wait to be shipped. Bounded in lines and in memory: the oldest make room for new ones, and are counted. */
export interface LineQueue {
  /** Takes one line, with its newline. True when a whole batch now waits. */
  put(line: string, isRecord: boolean): boolean;
  /** Takes out the oldest batch, a full one unless `partial`; its memory counts until it is given back. */
  take(partial: boolean): Batch | undefined;
  /** Gives back a batch that was taken out. */
  release(batch: Batch): void;
  /** Lines that wait, without those that are taken out. */
  lines(): number;
  /** Records among them. */
  records(): number;
  /** Memory that is held, in bytes, with that of the batch that is taken out. */
  bytes(): number;
  /** Records dropped for want of room. */
  dropped(): number;
}

/** How much a queue holds. */
export interface QueueLimits {
  /** Lines of a batch. */
  readonly batchLines: number;
  /** Memory of a batch, in bytes. No longer line is taken: a record has at most a quarter of this. */
  readonly batchBytes: number;
  /** Memory of all batches, in bytes. */
  readonly bytes: number;
}

/** 256 batches of at most 64 lines: 16 MiB, and 16,384 lines. */
export const queueLimits: QueueLimits = { batchLines: 64, batchBytes: 64 * 1024, bytes: 16 * 1024 * 1024 };

const bytesOfUnit = 3;

interface Block {
  readonly memory: Buffer;
  filled: number;
  lines: number;
  records: number;
}

/**
 * Makes an empty queue.
 *
 * Lines are encoded as they come, into the bytes of the request that will carry them: strings that wait would outlive
 * the young generation, and cost as much again as to make them. While the journal is away the memory of the oldest
 * batch becomes that of the newest, so that an outage allocates nothing.
 *
 * The oldest go, not the newest: the log has them too, and of an outage it is the last minutes that somebody asks for.
 */
export function lineQueue(limits: QueueLimits = queueLimits): LineQueue {
  const full: Block[] = [];
  let open = emptyBlock(limits.batchBytes);
  let spare: Buffer | undefined;
  let taken = 0;
  let dropped = 0;

  function seal(): void {
    full.push(open);
    const held = (full.length + taken + 1) * limits.batchBytes;
    const oldest = held > limits.bytes ? full.shift() : undefined;
    dropped += oldest?.records ?? 0;
    open = emptyBlock(limits.batchBytes, oldest?.memory ?? spare);
    spare = undefined;
  }

  return {
    put(line, isRecord) {
      const room = limits.batchBytes - open.filled;
      if (line.length * bytesOfUnit > room) {
        const bytes = Buffer.byteLength(line);
        if (bytes > limits.batchBytes) {
          dropped += Number(isRecord);
          return full.length > 0;
        }
        if (bytes > room) seal();
      }
      open.filled += open.memory.write(line, open.filled);
      open.lines++;
      open.records += Number(isRecord);
      if (open.lines === limits.batchLines) seal();
      return full.length > 0;
    },
    take(partial) {
      if (full.length === 0 && partial && open.lines > 0) seal();
      const block = full.shift();
      if (block === undefined) return undefined;
      taken++;
      return { bytes: block.memory.subarray(0, block.filled), lines: block.lines, records: block.records };
    },
    release({ bytes }) {
      taken--;
      spare = Buffer.from(bytes.buffer);
    },
    lines: () => full.reduce((sum, { lines }) => sum + lines, open.lines),
    records: () => full.reduce((sum, { records }) => sum + records, open.records),
    bytes: () => (full.length + taken + 1) * limits.batchBytes,
    dropped: () => dropped,
  };
}

function emptyBlock(size: number, memory: Buffer = Buffer.allocUnsafeSlow(size)): Block {
  return { memory, filled: 0, lines: 0, records: 0 };
}
