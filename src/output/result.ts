import type { Place, Severity } from '../checks/check.ts';
import type { Pointer } from '../kubernetes/pointer.ts';

/** Where something is in a text; line and column count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A finding as every format tells it. */
export interface ReportedFinding {
  readonly check: string;
  readonly severity: Severity;
  /** What became of it; one that was tolerated or ignored is not reported. */
  readonly action: 'deny' | 'warn' | 'audit';
  /** Into the object as it was written. */
  readonly pointer: Pointer;
  readonly place: Place;
  /** In the file; absent where the object is in none. */
  readonly at?: TextPlace;
  readonly message: string;
  /** What to do instead. */
  readonly remedy: string;
  /** Canonical and redacted; the same when the object moves in its file. */
  readonly value: string;
}

/** One judged object: a document of a file, an item of a List, or an object of a cluster. */
export interface ObjectResult {
  /** The file as it was named; `-` for standard input; empty for an object of a cluster. */
  readonly file: string;
  /** From 0, within the file. */
  readonly document: number;
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where the object is in none, or does not say. */
  readonly namespace: string;
  readonly name: string;
  /** Where the object begins in the file. */
  readonly at?: TextPlace;
  readonly verdict: 'allow' | 'warn' | 'deny';
  readonly findings: readonly ReportedFinding[];
  /** Of an owner of pods in a cluster, told in place of each of them: how many there are. */
  readonly pods?: number;
}

/** A document, or a whole file, that could not be read. */
export interface ReadError {
  readonly file: string;
  /** From 0, within the file; undefined when the file itself could not be read. */
  readonly document: number | undefined;
  readonly at?: TextPlace;
  readonly message: string;
}

/** What a run comes to. */
export interface Totals {
  readonly files: number;
  readonly objects: number;
  readonly denied: number;
  readonly warned: number;
  readonly errors: number;
}

/**
 * Writes a report piece by piece, so that a stream of any length takes no more memory than one file of it.
 *
 * Pure: each call returns the text to write next. Results of one file come one after the other.
 */
export interface Reporter {
  begin(): string;
  result(result: ObjectResult): string;
  error(error: ReadError): string;
  end(totals: Totals): string;
}
