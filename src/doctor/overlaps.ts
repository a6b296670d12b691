import type { EffectiveConfiguration } from '../config/effective.ts';
import { indexNamespaces } from '../config/namespaces.ts';
import { labelsOfObject, nameOf, namespaceOf, textAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { commandOf } from './commands.ts';
import { type Diagnosis, examination } from './diagnosis.ts';
import type { Parts } from './state.ts';

/** What decides about the same, beside us: each denial then has two authors, and each exemption is needed twice. */
export const overlapExaminations = [
  examination(['overlapping-kyverno'], ['kyverno', 'configuration'], ({ kyverno, configuration }) =>
    kyverno.flatMap((policy) => kyvernoPolicy(policy, configuration.effective)),
  ),
  examination(['overlapping-gatekeeper'], ['gatekeeper'], ({ gatekeeper }) => gatekeeper.flatMap(constraint)),
  examination(['overlapping-pod-security'], ['namespaces', 'configuration'], podSecurity),
];

/** Fields and words of a pod that our checks are about. */
const subjects: readonly (readonly [word: string, about: string])[] = [
  ['privileged', 'privileged containers'],
  ['hostPath', 'host paths'],
  ['hostNetwork', 'host namespaces'],
  ['hostPID', 'host namespaces'],
  ['hostIPC', 'host namespaces'],
  ['docker.sock', 'container engines'],
  ['containerd.sock', 'container engines'],
  ['capabilities', 'capabilities'],
  ['allowPrivilegeEscalation', 'privilege escalation'],
  ['runtimeClassName', 'RuntimeClasses'],
];

/** Kinds of Gatekeeper's library that are about what we check: open-policy-agent/gatekeeper-library, pod-security-policy. */
const gatekeeperKinds: ReadonlySet<string> = new Set([
  'K8sPSPAllowedUsers',
  'K8sPSPAllowPrivilegeEscalationContainer',
  'K8sPSPAppArmor',
  'K8sPSPCapabilities',
  'K8sPSPFlexVolumes',
  'K8sPSPForbiddenSysctls',
  'K8sPSPHostFilesystem',
  'K8sPSPHostNamespace',
  'K8sPSPHostNetworkingPorts',
  'K8sPSPPrivilegedContainer',
  'K8sPSPProcMount',
  'K8sPSPSeccomp',
  'K8sPSPSELinuxV2',
  'K8sPSPVolumeTypes',
  'K8sAllowedRepos',
]);

const deleteWhenCovered = 'When Pratique covers it, delete it: else exemptions are needed twice.';

function kyvernoPolicy(policy: Fields, { mountFuse }: EffectiveConfiguration): readonly Diagnosis[] {
  const text = JSON.stringify(policy['spec'] ?? {});
  const [label = ''] = Object.keys(mountFuse.label);
  const isMutating = text.includes('"mutate"') || textAt(policy, 'kind').includes('Mutating');
  const granting = [mountFuse.resource, label].filter((word) => word !== '' && text.includes(word));
  const about = new Set(subjects.flatMap(([word, what]) => (text.includes(word) ? [what] : [])));
  if (!isMutating && about.size === 0) return [];
  if (isMutating && granting.length === 0) return [];
  const [kind, namespace, name] = [textAt(policy, 'kind'), namespaceOf(policy), nameOf(policy)];
  const where = namespace === '' ? [] : ['--namespace', namespace];
  return [
    {
      id: 'overlapping-kyverno',
      severity: isMutating ? 'warning' : 'info',
      title: isMutating
        ? `Kyverno's ${kind} ${name} grants the device as well`
        : `Kyverno's ${kind} ${name} decides about the same`,
      evidence: [isMutating ? `it mutates, and names ${granting.join(', ')}` : `it is about ${[...about].join(', ')}`],
      remedy: isMutating
        ? 'Delete it: two that patch the same field undo each other, and validate.pratique.dev denies what comes of it.'
        : deleteWhenCovered,
      command: commandOf('kubectl', ...where, 'delete', resourceOf(policy), name),
    },
  ];
}

function constraint(one: Fields): readonly Diagnosis[] {
  const kind = textAt(one, 'kind');
  if (!gatekeeperKinds.has(kind)) return [];
  const action = textAt(one, 'spec', 'enforcementAction') || 'deny';
  return [
    {
      id: 'overlapping-gatekeeper',
      severity: 'info',
      title: `Gatekeeper's ${kind} ${nameOf(one)} decides about the same`,
      evidence: [`its enforcementAction is ${action}`],
      remedy: deleteWhenCovered,
      command: commandOf('kubectl', 'delete', resourceOf(one), nameOf(one)),
    },
  ];
}

/** The checks that only repeat what Pod Security's level baseline forbids. */
const baselineChecks = [
  'dangerous-capabilities',
  'host-ipc',
  'host-network',
  'host-path-protected',
  'host-path-unlisted',
  'host-pid',
  'host-ports',
  'engine-socket-mount',
  'privileged',
  'windows-host-process',
] as const;

/** An exemption that Pod Security takes back. */
function podSecurity({ namespaces, configuration }: Pick<Parts, 'namespaces' | 'configuration'>): readonly Diagnosis[] {
  const { exemptions } = configuration.effective;
  const index = indexNamespaces(exemptions.map(({ value }) => value.namespaces));
  return namespaces.flatMap((namespace): readonly Diagnosis[] => {
    const level = labelsOfObject(namespace)['pod-security.kubernetes.io/enforce'] ?? '';
    if (level !== 'baseline' && level !== 'restricted') return [];
    const undone = index.all(nameOf(namespace)).flatMap((one) => {
      const { name, allow } = exemptions[one]?.value ?? { name: '', allow: {} };
      const checks = baselineChecks.filter((check) => valueAt(allow, check) !== undefined);
      return checks.length === 0 ? [] : [`${name} (${checks.join(', ')})`];
    });
    if (undone.length === 0) return [];
    return [
      {
        id: 'overlapping-pod-security',
        severity: 'warning',
        title: `Pod Security denies in ${nameOf(namespace)} what is exempt there`,
        evidence: [`the namespace enforces ${level}, and the exemptions there are ${undone.join(', ')}`],
        remedy: 'Lower the level of that namespace, or take the exemption out.',
        command: commandOf(
          'kubectl',
          'label',
          '--overwrite',
          'namespace',
          nameOf(namespace),
          'pod-security.kubernetes.io/enforce=privileged',
        ),
      },
    ];
  });
}

/** As kubectl takes it: `kind.group`. */
function resourceOf(object: Fields): string {
  const [group = ''] = textAt(object, 'apiVersion').split('/');
  return `${textAt(object, 'kind').toLowerCase()}.${group}`;
}
