import type { Outcome, WebhookPath } from '../admission/outcome.ts';
import type { AdmissionResponse, ReadReview } from '../kubernetes/review.ts';

type Answerable = Exclude<ReadReview, { kind: 'no-uid' }>;

/** What is told to the API server; what really happened is in the log, and not for the author of a pod. */
const message = 'Pratique could not judge this request because of an internal error; its log says more.';

/**
 * Answers a review whose judgement threw: `/validate` denies, the others allow without a patch.
 *
 * An HTTP error would leave the decision to failurePolicy, and under Ignore a pod that makes us throw would walk in.
 */
export function failedOutcome(review: Answerable, webhook: WebhookPath, configHash: string, problem: string): Outcome {
  const request = review.kind === 'request' ? review.request : undefined;
  const uid = review.kind === 'request' ? review.request.uid : review.uid;
  return {
    webhook,
    decision: 'error',
    request,
    subject: undefined,
    profile: '',
    mode: undefined,
    exemption: undefined,
    configHash,
    judgements: [],
    patch: [],
    problem,
    unjudgedKind: undefined,
    unchanged: false,
    response: failedResponse(uid, webhook, configHash),
  };
}

function failedResponse(uid: string, webhook: WebhookPath, configHash: string): AdmissionResponse {
  if (webhook !== 'validate') return { uid, allowed: true };
  const auditAnnotations = { decision: 'error', checks: '', config: configHash, review: uid };
  return { uid, allowed: false, status: { code: 500, reason: 'InternalError', message }, auditAnnotations };
}
