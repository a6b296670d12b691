import { expect } from 'vitest';
import { answerReview } from '../../../src/admission/answer.ts';
import { findAll } from '../../../src/admission/findings.ts';
import type { Outcome } from '../../../src/admission/outcome.ts';
import type { Finding } from '../../../src/checks/check.ts';
import { checks } from '../../../src/checks/registry.ts';
import { readReview } from '../../../src/kubernetes/review.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { podReview, type ReviewRequest } from '../../harness/review.ts';
import { configurationOf } from '../../harness/rules.ts';

/** Profile strict, in which nothing is tolerated and templates are judged as pods are. */
export const strict = configurationOf({
  profiles: { closed: { extends: 'strict', templates: 'deny' } },
  default: { profile: 'closed' },
  mountFuse: { namespaces: ['gitlab'] },
});

/** A configuration with every check at its maximum. */
export const everythingDocument = {
  profiles: {
    everything: {
      extends: 'strict',
      templates: 'deny',
      checks: Object.fromEntries(checks.map(({ id }) => [id, 'deny'])),
    },
  },
  default: { profile: 'everything' },
  clusterScoped: { profile: 'everything' },
  mountFuse: { namespaces: ['gitlab'] },
};

/** Every check at its maximum. */
export const everything = configurationOf(everythingDocument);

const rules = everything.policyFor('gitlab').profile.rules.pod;

/** What makes a finding the one that it is, wherever it stands. */
export interface Seen {
  readonly check: string;
  readonly container: string | undefined;
  readonly volume: string | undefined;
  readonly key: string | undefined;
  readonly value: string;
}

/** The object as it comes over the wire: own keys only, `__proto__` one of them. */
export function wired<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** All findings of every check. */
export function findingsOf(pod: unknown): readonly Seen[] {
  return findAll(rules, podSubject(wired(pod), 'gitlab')).map(({ finding }) => seen(finding));
}

/** The answer to a review that was written and read again. */
export function answerTo(review: unknown, configuration = strict): Outcome {
  const read = readReview(wired(review));
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, 'validate', configuration, 0);
}

/** Whether /validate denies the pod, at profile strict. */
export function isDenied(pod: unknown, request: Partial<ReviewRequest> = {}): boolean {
  return !answerTo(podReview({ namespace: 'gitlab', uid: 'a', ...request, object: pod })).response.allowed;
}

/** The findings of an answer that were not there before the request. */
export function newFindings({ judgements }: Outcome): readonly Finding[] {
  return judgements.filter(({ because }) => because !== 'inherited').map(({ finding }) => finding);
}

/** What a finding is known by; no check may have failed to make it. */
export function seen({ check, place, value, failed, message }: Finding): Seen {
  expect(failed, message).toBeUndefined();
  return { check, container: place.container, volume: place.volume, key: place.key, value };
}

/** By what a finding is known again: all of it, its place without its value, or its check alone. */
export type Likeness = (finding: Seen) => readonly (string | undefined)[];
/** By all that a finding is known by. */
export const whole: Likeness = ({ check, container, volume, key, value }) => [check, container, volume, key, value];
/** By its check and its place. */
export const placed: Likeness = ({ check, container, volume, key }) => [check, container, volume, key];

/**
 * Those of the findings before for which there is none like it after: as many as there were must be there again, or,
 * where `once` is enough, one of them.
 */
export function lost(
  before: readonly Seen[],
  after: readonly Seen[],
  { likeness, once }: { readonly likeness: Likeness; readonly once: boolean },
): readonly Seen[] {
  const left = new Map<string, number>();
  for (const one of after) {
    const key = JSON.stringify(likeness(one));
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return before.filter((one) => {
    const key = JSON.stringify(likeness(one));
    const count = left.get(key) ?? 0;
    if (!once) left.set(key, count - 1);
    return count <= 0;
  });
}
