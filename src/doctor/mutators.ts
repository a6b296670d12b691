import { indexNamespaces } from '../config/namespaces.ts';
import { named, nameOf, objectsAt, textAt, textsAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { patchCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import { grantingPolicies } from './mutation-policy.ts';
import type { PolicyPair } from './policy-pairs.ts';
import { labelsOf, selects } from './selectors.ts';
import type { Parts } from './state.ts';

/** Whether somebody else has the last word about what the mutation grants. */
export const mutatorExaminations = [
  examination(
    ['mutating-webhook-after'],
    ['mutating', 'mutatingPolicies', 'namespaces', 'configuration'],
    (parts, about) => {
      const [policy] =
        named(parts.mutating, about.name) === undefined ? grantingPolicies(parts.mutatingPolicies, about) : [];
      const { mountFuse } = parts.configuration.effective;
      const index = indexNamespaces([mountFuse.namespaces]);
      const granted = parts.namespaces.filter((one) => index.first(nameOf(one)) !== undefined);
      return parts.mutating
        .filter((configuration) => policy !== undefined || isAfter(nameOf(configuration), about))
        .flatMap((configuration) =>
          objectsAt(configuration, 'webhooks').flatMap((webhook, position) =>
            mayUndo(webhook, granted, mountFuse.label)
              ? [diagnosisOf(configuration, webhook, position, { name: about.name, policy })]
              : [],
          ),
        );
    },
  ),
];

/** The API server evaluates policies first, and then asks in the order of names: k8s.io/apiserver/pkg/admission/configuration. */
function isAfter(name: string, about: About): boolean {
  return name > about.name;
}

/**
 * What changes a pod after us has us asked again; it has the last word only when it is asked again itself, since that
 * round is in the same order.
 */
function mayUndo(webhook: Fields, granted: Parts['namespaces'], label: Readonly<Record<string, string>>): boolean {
  if (textAt(webhook, 'reinvocationPolicy') !== 'IfNeeded') return false;
  const asksForPods = objectsAt(webhook, 'rules').some(
    (rule) =>
      has(textsAt(rule, 'operations'), 'CREATE') &&
      has(textsAt(rule, 'apiGroups'), '') &&
      textsAt(rule, 'resources').some((resource) => ['pods', '*', '*/*'].includes(resource)),
  );
  if (!asksForPods) return false;
  // Other labels of a pod are its author's to choose.
  const about = valueAt(webhook, 'objectSelector');
  const excludes = !selects(
    {
      matchExpressions: objectsAt(about, 'matchExpressions').filter((one) => Object.hasOwn(label, textAt(one, 'key'))),
    },
    label,
  );
  return !excludes && granted.some((one) => selects(valueAt(webhook, 'namespaceSelector'), labelsOf(one)));
}

interface Granting {
  readonly name: string;
  /** What grants in the place of a webhook. */
  readonly policy: PolicyPair | undefined;
}

function diagnosisOf(configuration: Fields, webhook: Fields, position: number, { name, policy }: Granting): Diagnosis {
  const path = `/webhooks/${position}`;
  return {
    id: 'mutating-webhook-after',
    severity: 'warning',
    title: `the webhook ${textAt(webhook, 'name')} has the last word about pods that are granted the device`,
    evidence: [
      `the MutatingWebhookConfiguration ${nameOf(configuration)} is asked after ${policy === undefined ? name : `the policy ${policy.name}`}, and again (reinvocationPolicy IfNeeded), about pods of namespaces of mountFuse`,
    ],
    remedy: `Should it undo the grant, pods are denied. Let it not be asked again, ${policy === undefined ? 'give it a name before ours, ' : ''}or leave these namespaces out of it.`,
    command: patchCommand('mutatingwebhookconfiguration', nameOf(configuration), [
      { op: 'test', path: `${path}/name`, value: textAt(webhook, 'name') },
      { op: 'add', path: `${path}/reinvocationPolicy`, value: 'Never' },
    ]),
  };
}

function has(list: readonly string[], one: string): boolean {
  return list.includes(one) || list.includes('*');
}
