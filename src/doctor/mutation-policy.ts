import { named } from '../kubernetes/fields.ts';
import { fusePolicy, fusePolicyName } from '../safety-net/fuse-policy.ts';
import { releaseCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import { configurationResources, liveWebhooks } from './live-webhooks.ts';
import { policyFaults } from './policy-faults.ts';
import { type PolicyPair, pairsOf } from './policy-pairs.ts';
import type { Parts } from './state.ts';

/** What grants the device: the webhook, or a policy in its place; and whether that policy is right. */
export const mutationExaminations = [
  examination(
    ['webhook-configuration-missing'],
    ['mutating', 'mutatingPolicies', 'deployment'],
    ({ mutating, mutatingPolicies, deployment }, about) => {
      if (named(mutating, about.name) !== undefined || grantingPolicies(mutatingPolicies, about).length > 0) return [];
      const names = `${configurationResources.mutating} ${about.name}`;
      return [
        {
          id: 'webhook-configuration-missing',
          severity: 'error',
          title: 'nobody is granted the device: the MutatingWebhookConfiguration is missing',
          evidence: [`there is no ${names}, and no mutatingadmissionpolicy ${fusePolicyName(about.name)} in its place`],
          remedy: 'Make it again. It is what the emergency command deletes.',
          command: releaseCommand(deployment, about, { file: 'deploy/webhooks.yaml' }),
        },
      ];
    },
  ),
  examination(
    ['mutation-policy-missing', 'mutation-policy-stale', 'mutation-policy-edited', 'policies-not-compared'],
    ['mutatingPolicies', 'validating', 'mutating', 'configuration', 'source', 'deployment'],
    examinePolicy,
  ),
];

type Needed = Pick<Parts, 'mutatingPolicies' | 'validating' | 'mutating' | 'configuration' | 'source' | 'deployment'>;

/** The policy that grants the device in place of the webhook, or what is left of it. */
export function grantingPolicies(objects: Parts['mutatingPolicies'], { name }: About): readonly PolicyPair[] {
  return pairsOf(objects, 'MutatingAdmissionPolicy', [fusePolicyName(name)]);
}

function examinePolicy(parts: Needed, about: About): readonly Diagnosis[] {
  const pairs = grantingPolicies(parts.mutatingPolicies, about);
  if (pairs.length === 0) return [];
  const { spared } = liveWebhooks(parts, about);
  const exceptNamespaces = [...new Set([...spared.observed, ...spared.excluded])];
  const hasWebhook = named(parts.mutating, about.name) !== undefined;
  return policyFaults(
    {
      kind: 'MutatingAdmissionPolicy',
      pairs,
      expected: fusePolicy(parts.configuration, { name: about.name, exceptNamespaces }),
      earlier: [],
      generated: { what: 'map', exceptNamespaces },
      id: 'mutation-policy',
      called: 'the policy that grants the device',
      severity: { missing: hasWebhook ? 'warning' : 'error', wrong: 'warning' },
    },
    parts,
    about,
  );
}
