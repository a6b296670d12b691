import type { Outcome, WebhookPath } from '../admission/outcome.ts';
import type { Configuration } from '../config/policy.ts';
import { type AdmissionReview, type ReadReview, readReview } from '../kubernetes/review.ts';
import { failedOutcome } from './failure.ts';
import type { Refusal } from './refusals.ts';
import type { TraceParent } from './traceparent.ts';

/** The decision itself: pure, of the request, the configuration and the clock (milliseconds since the epoch). */
export type Answer = (
  review: Exclude<ReadReview, { kind: 'no-uid' }>,
  webhook: WebhookPath,
  configuration: Configuration,
  now: number,
) => Outcome;

/** What the server knows of a review besides its outcome. */
export interface ReviewFacts {
  /** From the head of the request to the answer, in milliseconds. */
  readonly durationMs: number;
  /** Of the body. */
  readonly bytes: number;
  /** The API server's span, when it traces. */
  readonly traceParent: TraceParent | undefined;
}

/** Who is told what the server does: metrics, the record, the log. Nothing that it throws changes an answer. */
export interface Observer {
  reviewed(outcome: Outcome, facts: ReviewFacts): void;
  /** A request was answered without a review. */
  refused(refusal: Refusal): void;
  /** Our own code threw; the review was answered all the same. */
  failed(error: unknown): void;
}

export interface ReviewOptions {
  readonly answer: Answer;
  /** The configuration of this moment: a reload replaces it whole. */
  readonly configuration: () => Configuration;
  readonly clock: () => number;
  readonly observer: Observer;
}

/** An answered review: what became of it, and the bytes of the AdmissionReview that says so. */
export interface AnsweredReview {
  readonly outcome: Outcome;
  readonly bytes: string;
}

/**
 * Answers a parsed body; undefined when it has no uid, so that nobody could tell whom the answer is for. Never throws.
 *
 * A body whose bytes were no UTF-8 is unreadable: what was parsed is not what was sent.
 */
export function answerBody(
  body: unknown,
  webhook: WebhookPath,
  options: ReviewOptions,
  isUtf8 = true,
): AnsweredReview | undefined {
  const read = readReview(body);
  if (read.kind === 'no-uid') return undefined;
  const review = isUtf8 ? read : notUtf8(read);
  const configuration = options.configuration();
  try {
    return serialised(options.answer(review, webhook, configuration, options.clock()));
  } catch (error) {
    tell(options.observer, error);
    const problem =
      error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no Error was thrown';
    return serialised(failedOutcome(review, webhook, configuration.hash, problem));
  }
}

function notUtf8(review: Exclude<ReadReview, { kind: 'no-uid' }>): Exclude<ReadReview, { kind: 'no-uid' }> {
  const uid = review.kind === 'request' ? review.request.uid : review.uid;
  return { kind: 'unreadable', uid, problem: 'the body is not UTF-8' };
}

/** Tells the observer of an error; an observer that throws is not heard. */
export function tell(observer: Observer, error: unknown): void {
  try {
    observer.failed(error);
  } catch {
    // The log cannot be written: there is nowhere left to say so.
  }
}

function serialised(outcome: Outcome): AnsweredReview {
  const review: AdmissionReview = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: outcome.response,
  };
  return { outcome, bytes: JSON.stringify(review) };
}
