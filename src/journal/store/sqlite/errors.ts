import { messageOf } from '../../../config/problem.ts';
import { StoreError, type StoreProblem } from '../store.ts';

/** What a thread tells of an error: an Error's class does not survive the way between threads. */
export interface ToldError {
  readonly problem: StoreProblem;
  readonly message: string;
}

/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;
const busy = 5;

/** The extended code of a write that failed: what a limit on file sizes comes to, and some full file systems. */
const writeFailed = 778;

const sentences: Readonly<Record<number, readonly [StoreProblem, string]>> = {
  [readOnly]: ['read-only', 'may not be written'],
  [ioError]: ['failed', 'could not be read or written: the disk may be broken'],
  [writeFailed]: [
    'full',
    'could not be written: the disk is full or broken, or a limit on file sizes was reached. Nothing of the batch was stored',
  ],
  [corrupt]: ['corrupt', 'is damaged: restore it from a backup, or move it away to start anew'],
  [full]: ['full', 'could not grow: the disk is full. Nothing of the batch was stored'],
  [cannotOpen]: ['read-only', 'could not be opened: the folder may be missing, read-only or of another user'],
  [notADatabase]: ['corrupt', 'is no SQLite database: restore it from a backup, or move it away to start anew'],
  [busy]: ['in-use', 'is in use by another process'],
};

/** Says what an error of SQLite means for the store in a file. */
export function toldError(error: unknown, file: string): ToldError {
  if (error instanceof StoreError) return { problem: error.problem, message: error.message };
  const detail = messageOf(error);
  const sentence = sentences[codeOf(error)] ?? sentences[primaryCode(error)];
  if (sentence === undefined) return { problem: 'failed', message: `the journal ${file} failed: ${detail}` };
  return { problem: sentence[0], message: `the journal ${file} ${sentence[1]} (${detail})` };
}

/** Whether a file could not be opened as an ordinary reader opens it. */
export function isUnopenable(error: unknown): boolean {
  const code = primaryCode(error);
  return code === cannotOpen || code === readOnly;
}

/** Whether somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === busy;
}

function primaryCode(error: unknown): number {
  return codeOf(error) & 0xff;
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}
