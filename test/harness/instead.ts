import { type Check, type Finding, findIn } from '../../src/checks/check.ts';
import type { Subject } from '../../src/kubernetes/subject.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { mutations } from '../../src/mutations/registry.ts';
import { type Case, caseSubject } from './cases.ts';
import { configurationOf, ruleFor } from './rules.ts';

/** What a check finds in what is done instead, as the mutations leave it, with the settings and the allowance of the case. */
export function findingsInstead(check: Check, after: Case): readonly Finding[] {
  const rule = ruleFor(check.id, after.site, after.allow);
  const findings = findIn(check, mutated(caseSubject(after)), rule.site);
  return findings.filter((finding) => rule.permits?.(finding) !== true);
}

function mutated(subject: Subject): Subject {
  if (subject.kind !== 'pod') return subject;
  const { fuse } = configurationOf({ mountFuse: { namespaces: ['gitlab'] } });
  return mutations.reduce((pod, mutation) => podSubject(mutation.apply(pod, fuse), pod.namespace), subject);
}
