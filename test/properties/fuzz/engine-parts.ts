import { answerReview } from '../../../src/admission/answer.ts';
import type { Outcome } from '../../../src/admission/outcome.ts';
import { findIn } from '../../../src/checks/check.ts';
import type { Configuration } from '../../../src/config/policy.ts';
import { readReview } from '../../../src/kubernetes/review.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { decisionRecord } from '../../../src/record/record.ts';
import { podReview, type ReviewRequest } from '../../harness/review.ts';
import { configurationOf } from '../../harness/rules.ts';
import { everything, wired } from '../metamorphic/engine.ts';
import { type Works, workOf, worksFrom } from './meter.ts';

/** What holds where nobody has configured anything but who may ask for the fuse device. */
const usual = configurationOf({ mountFuse: { namespaces: ['gitlab'] }, breakGlass: { groups: ['sre'] } });

const rules = everything.policyFor('gitlab').profile.rules.pod;

/** What records are told besides the outcome. */
export const recordContext = {
  now: 0,
  instance: 'test',
  seq: 1,
  version: '0',
  authn: 'none' as const,
  traceId: undefined,
  durationMs: 1,
  bytes: 1,
};

/** Everything that is done with a pod, part by part: each check, and each webhook from the review to the record. */
export function partsFor(pod: object): Readonly<Record<string, () => unknown>> {
  const sent = wired(pod);
  const parts: Record<string, () => unknown> = { subject: () => podSubject(sent, 'gitlab') };
  for (const { check, site } of rules) {
    // A subject of its own, since some of what checks share is remembered with it.
    const subject = podSubject(sent, 'gitlab');
    parts[check.id] = () => findIn(check, subject, site);
  }
  const answer = (webhook: Outcome['webhook'], configuration: Configuration, request: Partial<ReviewRequest> = {}) => {
    const review = wired(podReview({ namespace: 'gitlab', uid: 'a', ...request, object: pod }));
    return () => {
      const read = readReview(review);
      if (read.kind === 'no-uid') throw new Error(read.problem);
      const outcome = answerReview(read, webhook, configuration, 0);
      return JSON.stringify([outcome.response, decisionRecord(outcome, recordContext)]);
    };
  };
  return {
    ...parts,
    'validate, every check': answer('validate', everything),
    'validate, profile dind': answer('validate', usual),
    'validate, an update': answer('validate', everything, { operation: 'UPDATE', oldObject: pod }),
    'validate, break-glass': answer('validate', usual, { groups: ['sre'] }),
    mutate: answer('mutate', usual),
  };
}

/** The work of everything that is done with pods of three sizes, each twice the one before. */
export function worksFor(podOf: (size: number) => object, smallest: number): Works {
  // What is compiled or remembered at first is done before anything is counted.
  workOf(partsFor(podOf(2)));
  return worksFrom(smallest, (size) => workOf(partsFor(podOf(size))));
}
