import type { Configuration, Policy } from '../config/policy.ts';
import type { Subject } from '../kubernetes/subject.ts';

const namespacedKinds: ReadonlySet<Subject['kind']> = new Set(['pod', 'resourceClaim', 'service']);

/** The policy that holds for a subject: that of its namespace, or that of objects which are in none. */
export function policyOf(subject: Subject, configuration: Configuration): Policy {
  return namespacedKinds.has(subject.kind) ? configuration.policyFor(subject.namespace) : configuration.clusterScoped;
}
