import type { Configuration } from '../config/policy.ts';
import { subjectReader } from '../kubernetes/reader.ts';
import type { AdmissionRequest, ReadReview } from '../kubernetes/review.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import { warningText } from './message.ts';
import { mutate } from './mutate.ts';
import type { Outcome, WebhookPath } from './outcome.ts';
import { allowedResponse, errorResponse } from './response.ts';
import { validate } from './validate.ts';

/**
 * Answers a review, and never throws: a pure function of the review, the configuration and the clock.
 *
 * `/validate` decides and never patches, `/mutate` patches and never denies, `/observe` judges as mode audit. What
 * cannot be read or judged is denied by `/validate` with the reason, and allowed without a patch by the other two.
 * `clock` is in milliseconds since the epoch.
 */
export function answerReview(
  review: Exclude<ReadReview, { kind: 'no-uid' }>,
  webhook: WebhookPath,
  configuration: Configuration,
  clock: number,
): Outcome {
  if (review.kind === 'unreadable') {
    return failure(blank(webhook, undefined, review.uid, configuration), review.uid, 400, review.problem);
  }
  const { request } = review;
  const start = blank(webhook, request, request.uid, configuration);
  try {
    if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return start;
    const read = subjectReader(request.kind);
    if (read === undefined || (webhook === 'mutate' && !isPod(request))) return unjudged(start, request);
    return webhook === 'mutate'
      ? mutate(start, request, configuration)
      : validate(start, { request, read }, configuration, clock);
  } catch (error) {
    if (error instanceof UnreadableObjectError) return failure(start, request.uid, 400, error.message);
    return failure(
      start,
      request.uid,
      500,
      `${error instanceof Error ? error.name : 'an unknown error'} while judging`,
    );
  }
}

/** What is answered where nothing is judged: DELETE and CONNECT, and the start of every other outcome. */
function blank(
  webhook: WebhookPath,
  request: AdmissionRequest | undefined,
  uid: string,
  configuration: Configuration,
): Outcome {
  return {
    webhook,
    decision: 'allow',
    request,
    subject: undefined,
    profile: '',
    mode: undefined,
    exemption: undefined,
    configHash: configuration.hash,
    judgements: [],
    patch: [],
    problem: undefined,
    unjudgedKind: undefined,
    unchanged: false,
    response: allowedResponse(uid),
  };
}

/** By kind and not by resource, so that a subresource that carries a whole Pod is judged, also one we never heard of. */
function isPod({ kind }: AdmissionRequest): boolean {
  return kind.kind === 'Pod' && (kind.group ?? '') === '';
}

function unjudged(start: Outcome, { uid, kind }: AdmissionRequest): Outcome {
  const name = `${kind.group || 'core'}/${kind.version}/${kind.kind}`;
  const warning = warningText(`pratique does not judge ${name}; the webhook configuration should not send it`);
  return { ...start, unjudgedKind: name, response: allowedResponse(uid, [warning]) };
}

function failure(start: Outcome, uid: string, code: 400 | 500, problem: string): Outcome {
  const response =
    start.webhook === 'validate' ? errorResponse(uid, code, problem, start.configHash) : allowedResponse(uid);
  return { ...start, decision: 'error', problem, response };
}
