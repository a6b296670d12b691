import { endOf } from '../config/names.ts';
import { textAt, textsAt } from '../kubernetes/fields.ts';
import type { NetAction } from '../safety-net/net-variables.ts';
import { netNames, type SafetyNet, safetyNet, warnedAnnotation } from '../safety-net/policy.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import { expectedChartNet } from './expected-net.ts';
import { liveWebhooks } from './live-webhooks.ts';
import { policyFaults } from './policy-faults.ts';
import { calledAs, membersOf, type PolicyPair, pairsOf } from './policy-pairs.ts';
import { isOfChart } from './policy-source.ts';
import type { Parts } from './state.ts';

/** The policies that hold the core of the checks without the webhook. That there are none is a choice. */
export const netExaminations = [
  examination(
    ['safety-net-missing', 'safety-net-stale', 'safety-net-edited', 'safety-net-warns', 'policies-not-compared'],
    ['validatingPolicies', 'validating', 'mutating', 'configuration', 'source', 'deployment'],
    examineNet,
  ),
];

type Needed = Pick<Parts, 'validatingPolicies' | 'validating' | 'mutating' | 'configuration' | 'source' | 'deployment'>;

function examineNet(parts: Needed, about: About): readonly Diagnosis[] {
  const pairs = pairsOf(parts.validatingPolicies, 'ValidatingAdmissionPolicy', netNames(about.name));
  const [first] = membersOf(pairs);
  if (first === undefined) return [];
  const { effective } = parts.configuration;
  const { spared } = liveWebhooks(parts, about);
  const exceptNamespaces = [...new Set([...spared.observed, ...spared.excluded])];
  const options = { name: about.name, action: actionOf(pairs), exceptNamespaces };
  const isWritten = membersOf(pairs).every(isOfChart);
  const at = (clock: number): SafetyNet => safetyNet(parts.configuration, { ...options, clock });
  const now = at(about.clock);
  const wrong = options.action === 'Deny' ? 'error' : 'warning';
  const faults = policyFaults(
    {
      kind: 'ValidatingAdmissionPolicy',
      pairs,
      expected: isWritten ? expectedChartNet(effective, options) : now.objects,
      earlier: isWritten ? [] : ended(parts, about).map(({ why, clock }) => ({ why, objects: at(clock).objects })),
      generated: { what: 'vap', action: options.action, exceptNamespaces },
      id: 'safety-net',
      called: 'the safety net',
      severity: { missing: 'warning', wrong },
    },
    parts,
    about,
  );
  const isStale = faults.some(({ id }) => id === 'safety-net-stale');
  return [...faults, ...(isStale ? [] : warnings(pairs, now))];
}

/** What the bindings do; of one that only warns at Deny, that cannot be told from Warn. */
function actionOf(pairs: readonly PolicyPair[]): NetAction {
  const actions = pairs.flatMap(({ binding }) => textsAt(binding, 'spec', 'validationActions'));
  return (['Deny', 'Warn'] as const).find((action) => actions.includes(action)) ?? 'Audit';
}

/** The times at which exemptions have ended: policies that were made before still hold them for updates of pods. */
function ended(
  { configuration }: Needed,
  { clock }: About,
): readonly { readonly why: string; readonly clock: number }[] {
  return configuration.effective.exemptions.flatMap(({ value: { name, expires } }) => {
    const end = endOf(expires) ?? clock;
    if (end >= clock) return [];
    return [
      { clock: end, why: `was made before the exemption ${name} ended, which still holds there for updates of pods` },
    ];
  });
}

/** Checks that do not deny, since CEL cannot say all that the configuration tolerates. */
function warnings(pairs: readonly PolicyPair[], { inexpressible }: SafetyNet): readonly Diagnosis[] {
  const policies = pairs.map(({ policy }) => policy).filter((one) => one !== undefined);
  const warned = policies.filter((one) => textAt(one, 'metadata', 'annotations', warnedAnnotation) !== '');
  if (warned.length === 0) return [];
  return [
    {
      id: 'safety-net-warns',
      severity: 'info',
      title: 'checks never deny in the safety net, since CEL cannot say all that the configuration tolerates',
      evidence: [
        ...warned.map(
          (one) => `${calledAs(one)} only warns: ${textAt(one, 'metadata', 'annotations', warnedAnnotation)}`,
        ),
        ...inexpressible.map(({ check, reason }) => `${check}: ${reason}`),
      ],
      remedy: 'Write the allowed path otherwise, without what is named here, or leave these checks to the webhook.',
      command: null,
    },
  ];
}
