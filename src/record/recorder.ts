import type { Outcome } from '../admission/outcome.ts';
import { recordLine } from './line.ts';
import { type Authn, decisionRecord, isRecorded } from './record.ts';
import type { Sink } from './sink.ts';

/** What stays the same for all records of a process. */
export interface RecorderOptions {
  readonly sink: Pick<Sink, 'write'>;
  /** The pod's name and an id drawn at the start of the process. */
  readonly instance: string;
  readonly version: string;
  readonly authn: Authn;
  /** Whether plain allows are recorded; asked at each decision, since a reload may change it. */
  readonly allows: () => 'none' | 'all';
  readonly clock: () => number;
}

/** What is known of a review besides its outcome. */
export interface ReviewContext {
  /** Of the API server's span, when it traces. */
  readonly traceParent: { readonly traceId: string } | undefined;
  readonly durationMs: number;
  readonly bytes: number;
}

/** Writes the record of a process. */
export interface DecisionRecorder {
  /** Writes a decision's line, where it deserves one. Each line has the next `seq`. */
  record(outcome: Outcome, review: ReviewContext): void;
  /** The `seq` of the last line; 0 before the first. */
  lastSeq(): number;
}

/** Starts a record with `seq` 1. */
export function decisionRecorder(options: RecorderOptions): DecisionRecorder {
  const { sink, instance, version, authn, allows, clock } = options;
  let seq = 0;
  return {
    record(outcome, { traceParent, durationMs, bytes }) {
      if (!isRecorded(outcome, allows())) return;
      // Counted before it is written, so that a line that is lost leaves a gap that can be seen.
      seq++;
      const traceId = traceParent?.traceId;
      const context = { now: clock(), instance, seq, version, authn, traceId, durationMs, bytes };
      sink.write(recordLine(decisionRecord(outcome, context)));
    },
    lastSeq: () => seq,
  };
}
