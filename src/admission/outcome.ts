import type { Operation as PatchOperation } from 'fast-json-patch';
import type { Finding } from '../checks/check.ts';
import type { Action, Mode } from '../config/policy.ts';
import type { AdmissionRequest, AdmissionResponse } from '../kubernetes/review.ts';
import type { Subject } from '../kubernetes/subject.ts';

/** What became of a review, in one word: the first that holds, in this order. */
export type Decision = 'error' | 'deny' | 'exempt' | 'would-deny' | 'would-patch' | 'patch' | 'warn' | 'allow';

/** Which rule made a finding's outcome what it is. */
export type Because =
  | 'profile'
  | 'mode'
  | 'template'
  | 'allowed'
  | 'builder'
  | 'exemption'
  | 'inherited'
  | 'break-glass'
  | 'mirror';

/** A finding with what the profile would do about it, and what was done. */
export interface Judgement {
  readonly finding: Finding;
  readonly action: Exclude<Action, 'ignore'>;
  readonly outcome: Action;
  readonly because: Because;
  /** The builder profile, the exemption or the break-glass group. */
  readonly ref?: string;
}

export type WebhookPath = 'validate' | 'mutate' | 'observe';

/** One answered review: response, record and metrics are all read off it. */
export interface Outcome {
  readonly webhook: WebhookPath;
  readonly decision: Decision;
  /** Undefined when the review could not be read. */
  readonly request: AdmissionRequest | undefined;
  /** What the record reads names, images, owner and class from. */
  readonly subject: Subject | undefined;
  /** Empty when none was consulted. */
  readonly profile: string;
  readonly mode: Mode | undefined;
  readonly exemption: string | undefined;
  readonly configHash: string;
  readonly judgements: readonly Judgement[];
  /** Empty when there is none; for would-patch what would have been patched. */
  readonly patch: readonly PatchOperation[];
  /** Why the decision is error. */
  readonly problem: string | undefined;
  /** `group/version/kind` of a kind that is not judged. */
  readonly unjudgedKind: string | undefined;
  /** An update that changes nothing that is judged. */
  readonly unchanged: boolean;
  readonly response: AdmissionResponse;
}
