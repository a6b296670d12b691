import type { PodSubject } from '../kubernetes/subject.ts';
import { compileImagePatterns } from '../matching/image.ts';
import type { ExemptionDocument } from './document.ts';
import { endOf } from './names.ts';
import type { Allowances, Exemption, User } from './policy.ts';

/** Compiles an exemption; where its namespaces are is the business of whoever looks it up. */
export function compileExemption(document: ExemptionDocument, allow: Allowances): Exemption {
  const serviceAccounts = setOf(document.serviceAccounts);
  const users = setOf(document.users);
  const groups = setOf(document.groups);
  const images = document.images === undefined ? undefined : compileImagePatterns(document.images);
  return {
    name: document.name,
    expires: endOf(document.expires) ?? 0,
    allow,
    // Each of these only narrows, and so all that are given must hold; what is no pod has neither account nor image.
    applies: (subject, user) =>
      (serviceAccounts === undefined || (subject.kind === 'pod' && serviceAccounts.has(serviceAccountOf(subject)))) &&
      (images === undefined ||
        (subject.kind === 'pod' && subject.containers.every(({ value }) => images(value.image ?? '')))) &&
      (users === undefined || users.has(user.name)) &&
      (groups === undefined || hasGroup(user, groups)),
  };
}

/**
 * The field that counts when both are there, then its deprecated twin:
 * k8s.io/kubernetes/pkg/apis/core/v1/conversion.go.
 */
function serviceAccountOf({ spec }: PodSubject): string {
  return spec.serviceAccountName || spec.serviceAccount || 'default';
}

function hasGroup({ groups }: User, accepted: ReadonlySet<string>): boolean {
  return groups.some((group) => accepted.has(group));
}

function setOf(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return names === undefined ? undefined : new Set(names);
}
