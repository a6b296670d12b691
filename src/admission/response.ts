import type { Operation } from 'fast-json-patch';
import type { AdmissionResponse } from '../kubernetes/review.ts';
import type { Subject } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';
import { denialCauses, denialMessage, warningTexts } from './message.ts';
import type { Decision, Judgement } from './outcome.ts';

/** The longest audit annotation: the API server drops whole events that grow too large. */
const longestAnnotation = 1000;

/** What a verdict on a subject is answered with. */
export interface Answer {
  readonly uid: string;
  readonly decision: Decision;
  readonly judgements: readonly Judgement[];
  readonly denialStatus: 403 | 422;
  readonly configHash: string;
}

/** Answers a judged subject: a denial when some judgement denies, with the warnings and audit annotations. */
export function judgedResponse(answer: Answer, subject: Subject): AdmissionResponse {
  const { uid, judgements } = answer;
  const auditAnnotations = {
    decision: answer.decision,
    checks: checksSeen(judgements),
    config: answer.configHash,
    review: uid,
  };
  if (judgements.length === 0) return { uid, allowed: true, auditAnnotations };
  const warnings = warningTexts(
    judgements
      .filter(({ outcome }) => outcome === 'warn')
      .map(({ finding, action, because }) => ({
        finding,
        wouldDeny: action === 'deny' && (because === 'mode' || because === 'template'),
      })),
  );
  const told = warnings.length === 0 ? {} : { warnings };
  const denied = judgements.filter(({ outcome }) => outcome === 'deny').map(({ finding }) => finding);
  if (denied.length === 0) return { uid, allowed: true, ...told, auditAnnotations };
  const message = denialMessage(denied, subject);
  const status =
    answer.denialStatus === 422
      ? { code: 422, reason: 'Invalid', message }
      : { code: 403, reason: 'Forbidden', message, details: { causes: denialCauses(denied) } };
  return { uid, allowed: false, status, ...told, auditAnnotations };
}

/** Allows without a judgement. */
export function allowedResponse(uid: string, warnings: readonly string[] = []): AdmissionResponse {
  return warnings.length === 0 ? { uid, allowed: true } : { uid, allowed: true, warnings };
}

/** Allows with a patch; without an operation there is no patchType either. */
export function patchResponse(
  uid: string,
  patch: readonly Operation[],
  fuse: 'granted' | 'refused' | 'none',
): AdmissionResponse {
  const auditAnnotations = { fuse };
  if (patch.length === 0) return { uid, allowed: true, auditAnnotations };
  const bytes = Buffer.from(JSON.stringify(patch)).toString('base64');
  return { uid, allowed: true, patchType: 'JSONPatch', patch: bytes, auditAnnotations };
}

/** Denies what could not be read or judged; the problem may name keys of the author's choice. */
export function errorResponse(uid: string, code: 400 | 500, problem: string, configHash: string): AdmissionResponse {
  const reason = code === 400 ? 'BadRequest' : 'InternalError';
  const message = `the review could not be judged, so it is denied: ${printable(problem)}`;
  const auditAnnotations = { decision: 'error', checks: '', config: configHash, review: uid };
  return { uid, allowed: false, status: { code, reason, message }, auditAnnotations };
}

/** The ids of all checks with a finding that is new, in order, cut at a boundary. */
function checksSeen(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return '';
  const ids = new Set(judgements.filter(({ because }) => because !== 'inherited').map(({ finding }) => finding.check));
  let seen = '';
  for (const id of [...ids].sort()) {
    const next = seen === '' ? id : `${seen},${id}`;
    if (next.length > longestAnnotation) return seen;
    seen = next;
  }
  return seen;
}
