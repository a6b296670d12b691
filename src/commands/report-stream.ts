import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { ClusterError } from '../cluster/api.ts';
import { messageOf } from '../config/problem.ts';
import type { Totals } from '../output/result.ts';
import type { ReportFlags } from './report-flags.ts';

/** The destination of a report. */
export interface ReportStream {
  /** Whether text is to have colours. */
  readonly isColorful: boolean;
  /** Waits while the destination is full, so that nothing piles up. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file that a report goes to, or standard output. */
export function openReport({ output, color }: Pick<ReportFlags, 'output' | 'color'>): ReportStream {
  const stream: Writable = output === undefined ? process.stdout : createWriteStream(output);
  return {
    isColorful: color === 'always' || (color === 'auto' && isTerminal(stream)),
    write: writerTo(stream),
    async close() {
      if (stream === process.stdout) return;
      stream.end();
      await finished(stream);
    },
  };
}

/** 2: something could not be read; 1: something is denied, or warned of where that counts. */
export function exitCodeOf(
  { errors, denied, warned }: Totals,
  { failOn }: { readonly failOn: 'deny' | 'warn' | 'never' },
): 0 | 1 | 2 {
  if (errors > 0) return 2;
  if (failOn === 'never') return 0;
  return denied > 0 || (failOn === 'warn' && warned > 0) ? 1 : 0;
}

/**
 * A stream leaves garbage only, and what is read at a time, a document or a page of a list, outlives the young
 * generation: without this both generations would grow as long as there is more, though nothing of it is kept, and a long
 * stream would take half as much memory again as a short one.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--max-semi-space-size=4');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
  // To optimize a large function takes 15 to 30 MB for a moment, which is more than all that a stream needs.
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--max-optimized-bytecode-size=2000');
}

/**
 * What ended a report before its end, as a line for a person: what the cluster said, or what is wrong with the destination.
 * Undefined for a reader that has seen enough, such as `head`, which is no error of ours.
 */
export function problemOf(error: unknown, { output }: Pick<ReportFlags, 'output'>): string | undefined {
  if (error instanceof ClusterError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return undefined;
  return `${output ?? 'standard output'}: ${messageOf(error)}`;
}

function writerTo(output: Writable): (text: string) => Promise<void> {
  let failure: Error | undefined;
  output.on('error', (error: Error) => {
    failure ??= error;
  });
  return async (text) => {
    if (failure !== undefined) throw failure;
    if (text === '' || output.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        output.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      output.on('drain', done).on('close', done).on('error', done);
    });
    if (failure !== undefined) throw failure;
  };
}

/** Node itself heeds NO_COLOR and FORCE_COLOR (no-color.org). */
function isTerminal(output: Writable): boolean {
  return output === process.stdout && process.stdout.isTTY && process.stdout.hasColors();
}
