import { beforeAll, describe, expect, test } from 'vitest';
import { about, clock, configured, diagnosed, healthyParts, idsOf, stateOf } from '../../test/harness/doctor-state.ts';
import { webhookRules } from '../admission/registration.ts';
import type { Fields } from '../kubernetes/shape.ts';
import type { SigningCa } from '../tls/ca-document.ts';
import { createCa, issueLeaf } from '../tls/issue.ts';
import { diagnosisIds, examine } from './examine.ts';
import { type Parts, unread } from './state.ts';

const day = 86_400_000;

let ca: SigningCa;
let other: SigningCa;
let old: SigningCa;
let parts: Parts;
beforeAll(async () => {
  [ca, other, old] = await Promise.all([
    createCa(clock, 1000 * day),
    createCa(clock, 1000 * day),
    createCa(clock - 100 * day, 110 * day),
  ]);
  parts = healthyParts(ca.certificate.pem);
});

type Change = () => Partial<Parts>;

function webhooksOf(kind: 'validating' | 'mutating'): readonly Fields[] {
  return parts[kind][0]?.['webhooks'] as readonly Fields[];
}

/** A webhook of a configuration with other fields. */
function edited(kind: 'validating' | 'mutating', index: number, fields: object): Partial<Parts> {
  const [configuration] = parts[kind];
  const webhooks = webhooksOf(kind).map((one, position) => (position === index ? { ...one, ...fields } : one));
  return { [kind]: [{ ...configuration, webhooks }] };
}

const clientConfig = (pem: string) => ({
  clientConfig: {
    service: { namespace: 'pratique', name: 'pratique', path: '/validate', port: 443 },
    caBundle: Buffer.from(pem).toString('base64'),
  },
});

/** The parts of an installation whose Service and webhooks have another port than 443. */
function ported(port: number, asked = port): Partial<Parts> {
  const asking = (kind: 'validating' | 'mutating') => [
    {
      ...parts[kind][0],
      webhooks: webhooksOf(kind).map((one) => {
        const { service, caBundle } = one['clientConfig'] as { readonly service: object; readonly caBundle: string };
        return { ...one, clientConfig: { service: { ...service, port: asked }, caBundle } };
      }),
    },
  ];
  const spec = { ...(parts.service?.['spec'] as object), ports: [{ name: 'https', port }] };
  return { service: { ...parts.service, spec }, validating: asking('validating'), mutating: asking('mutating') };
}

const nameNotIn = (...values: readonly string[]) => ({
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
});

const always = ['kube-system', 'kube-node-lease', 'pratique'] as const;

const deployment = (change: object) => ({ deployment: { ...parts.deployment, ...change } });

function binding(rules: readonly object[], subject: object, namespace?: string): Partial<Parts> {
  const metadata = { name: 'planted', ...(namespace === undefined ? {} : { namespace }) };
  const one = { metadata, roleRef: { kind: 'ClusterRole', name: 'planted' }, subjects: [subject] };
  return {
    clusterRoles: [{ metadata: { name: 'planted' }, rules }],
    ...(namespace === undefined ? { clusterRoleBindings: [one] } : { roleBindings: [one] }),
  };
}

const mallory = { kind: 'User', name: 'mallory' };
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const webhookRule = { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['patch', 'create'] };

function daemonSet(namespace: string, spec: object): Partial<Parts> {
  const containers = [{ name: 'agent', image: 'registry.example/agent:1' }];
  return {
    daemonSets: [{ metadata: { namespace, name: 'agent' }, spec: { template: { spec: { containers, ...spec } } } }],
  };
}

function later(fields: object, name = 'zz'): Partial<Parts> {
  const rules = [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }];
  const webhook = { name: 'later.example.com', reinvocationPolicy: 'IfNeeded', rules, ...fields };
  return { mutating: [...parts.mutating, { metadata: { name }, webhooks: [webhook] }] };
}

const policy = (spec: object, kind = 'ClusterPolicy'): Partial<Parts> => ({
  kyverno: [{ apiVersion: 'kyverno.io/v1', kind, metadata: { name: 'planted' }, spec }],
});

const usage = (since: number, count: number): Partial<Parts> => ({
  usage: [{ replica: 'one', startedAt: since, uses: new Map([['agent', count]]) }],
});

const labelled = (level: string): Partial<Parts> => ({
  namespaces: [
    { metadata: { name: 'agents', labels: { 'pod-security.kubernetes.io/enforce': level } } },
    { metadata: { name: 'ci' } },
  ],
});

const exemptOf = (text: string) => ({
  configuration: configured(
    `\n  - { name: agent, owner: platform, reason: reads, allow: { host-pid: true }, ${text} }`,
  ),
});

test('nothing is said of an installation in which nothing is wrong', () => {
  expect(diagnosed(parts)).toEqual([]);
});

/** What is wrong, and what alone is said of it. */
const faulty: readonly (readonly [name: string, id: string, change: Change])[] = [
  ['no validating configuration', 'webhook-configuration-missing', () => ({ validating: [] })],
  ['no mutating configuration', 'webhook-configuration-missing', () => ({ mutating: [] })],
  ['no mutation', 'webhook-missing', () => ({ mutating: [{ ...parts.mutating[0], webhooks: [] }] })],
  ['no rules', 'webhook-rules', () => edited('validating', 3, { rules: [] })],
  [
    'rules of one version',
    'webhook-rules',
    () =>
      edited('mutating', 0, { rules: [{ apiGroups: [''], apiVersions: ['v2'], operations: ['*'], resources: ['*'] }] }),
  ],
  [
    'rules that ask for more',
    'webhook-edited',
    () =>
      edited('mutating', 0, {
        rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
      }),
  ],
  ['no condition', 'webhook-match-conditions', () => edited('validating', 0, { matchConditions: [] })],
  [
    'a label of the namespace',
    'namespace-not-covered',
    () => edited('validating', 0, { namespaceSelector: { ...nameNotIn(...always), matchLabels: { judged: 'yes' } } }),
  ],
  [
    'a name more',
    'namespace-not-covered',
    () => edited('mutating', 0, { namespaceSelector: nameNotIn(...always, 'ci') }),
  ],
  [
    'a name less',
    'webhook-selector',
    () => edited('validating', 0, { namespaceSelector: nameNotIn('kube-node-lease', 'pratique') }),
  ],
  [
    'nothing recorded',
    'webhook-selector',
    () => edited('validating', 1, { namespaceSelector: { matchExpressions: [] } }),
  ],
  ['every pod', 'webhook-object-selector', () => edited('mutating', 0, { objectSelector: {} })],
  ['an address', 'webhook-target', () => edited('validating', 2, { clientConfig: { url: 'https://192.0.2.1/' } })],
  ['a port that the Service has not', 'webhook-target', () => ported(8443, 443)],
  ['one is open', 'failure-policy', () => edited('validating', 3, { failurePolicy: 'Ignore' })],
  ['one holds up', 'failure-policy', () => edited('validating', 1, { failurePolicy: 'Fail' })],
  ['a long wait', 'webhook-timeout', () => edited('validating', 0, { timeoutSeconds: 11 })],
  ['an exact match', 'webhook-match-policy', () => edited('validating', 0, { matchPolicy: 'Exact' })],
  ['side effects', 'webhook-edited', () => edited('validating', 0, { sideEffects: 'NoneOnDryRun' })],
  [
    'a webhook of somebody',
    'webhook-unknown',
    () => {
      const [configuration] = parts.mutating;
      return { mutating: [{ ...configuration, webhooks: [...webhooksOf('mutating'), { name: 'other.example.com' }] }] };
    },
  ],
  [
    'enforced, and open in an outage',
    'webhook-unenforced',
    () => {
      const [configuration] = parts.validating;
      const webhooks = webhooksOf('validating').map((one) => ({ ...one, failurePolicy: 'Ignore' }));
      return { validating: [{ ...configuration, webhooks }] };
    },
  ],
  [
    'enforced by the configuration, and left out',
    'namespace-left-out',
    () => ({
      configuration: configured(
        undefined,
        'namespaces: [{ match: [kube-node-lease], mode: enforce }, { match: [kube-system], mode: audit }]',
      ),
    }),
  ],
  [
    'one replica',
    'single-replica',
    () =>
      deployment({
        spec: { ...(parts.deployment?.['spec'] as object), replicas: 1 },
        status: { readyReplicas: 1, updatedReplicas: 1, observedGeneration: 2 },
      }),
  ],
  ['no Deployment', 'deployment-missing', () => ({ deployment: undefined })],
  [
    'one replica too few',
    'deployment-unavailable',
    () => deployment({ status: { readyReplicas: 2, updatedReplicas: 3, observedGeneration: 2 } }),
  ],
  [
    'a rollout not begun',
    'rollout-unfinished',
    () => deployment({ status: { readyReplicas: 3, updatedReplicas: 3, observedGeneration: 1 } }),
  ],
  ['no Service', 'service-missing', () => ({ service: undefined })],
  [
    'no port',
    'service-selector',
    () => ({ service: { spec: { selector: { app: 'pratique' }, ports: [{ port: 80 }] } } }),
  ],
  ['no selector', 'service-selector', () => ({ service: { spec: { ports: [{ port: 443 }] } } })],
  ['no endpoint', 'service-endpoints', () => ({ endpointSlices: [] })],
  [
    'no configuration',
    'configuration-missing',
    () => ({ source: { where: 'it', problem: 'missing', lines: ['none'] } }),
  ],
  [
    'a wrong configuration',
    'configuration-invalid',
    () => ({ source: { where: 'it', problem: 'invalid', lines: ['bad'] } }),
  ],
  ['garbage for a bundle', 'ca-bundle-missing', () => edited('validating', 0, clientConfig('garbage'))],
  ['no class', 'runtime-class-missing', () => ({ runtimeClasses: [] })],
  ['runc', 'runtime-class-handler', () => ({ runtimeClasses: [{ metadata: { name: 'untrusted' }, handler: 'runc' }] })],
  ['no node', 'fuse-resource-missing', () => ({ nodes: [] })],
  [
    'other nodes',
    'fuse-resource-nodes',
    () => ({ runtimeClasses: [{ ...parts.runtimeClasses[0], scheduling: { nodeSelector: { sandbox: 'gvisor' } } }] }),
  ],
  ['an expired exemption', 'exemption-expired', () => exemptOf('namespaces: [agents], expires: 2026-11-01')],
  ['one that expires', 'exemption-expiring', () => exemptOf('namespaces: [agents], expires: 2026-11-25')],
  ['one nobody uses', 'exemption-unused', () => usage(clock - 40 * day, 0)],
  ['one for nobody yet', 'exemption-namespace', () => exemptOf('namespaces: [later], expires: 2099-01-01')],
  [
    'one for every author',
    'exemption-for-authors',
    () => exemptOf('namespaces: [ci], acceptAuthorsInNamespace: true, expires: 2099-01-01'),
  ],
  ['who may patch webhooks', 'writers-of-webhooks', () => binding([webhookRule], mallory)],
  [
    'everybody may',
    'writers-of-webhooks',
    () => binding([webhookRule], { kind: 'Group', name: 'system:authenticated' }),
  ],
  [
    'who may write the namespace',
    'writers-of-namespace',
    () => binding([{ apiGroups: [''], resources: ['*'], verbs: ['update'] }], mallory, 'pratique'),
  ],
  [
    'who may bind',
    'writers-of-bindings',
    () => binding([{ apiGroups: [''], resources: ['*/binding'], verbs: ['create'] }], mallory, 'ci'),
  ],
  ['a later webhook', 'mutating-webhook-after', () => later({})],
  ['a mutating policy', 'overlapping-kyverno', () => policy({ rules: [{ mutate: { 'squat.ai/fuse': 1 } }] })],
  ['a validating policy', 'overlapping-kyverno', () => policy({ rules: [{ validate: { privileged: false } }] })],
  [
    'a constraint',
    'overlapping-gatekeeper',
    () => ({
      gatekeeper: [
        {
          apiVersion: 'constraints.gatekeeper.sh/v1beta1',
          kind: 'K8sPSPHostFilesystem',
          metadata: { name: 'planted' },
        },
      ],
    }),
  ],
  ['Pod Security', 'overlapping-pod-security', () => labelled('restricted')],
  ['a denied DaemonSet', 'daemonset-denied', () => daemonSet('ci', { hostPID: true })],
  ['a CSI plugin', 'bootstrap-namespace', () => daemonSet('ci', { priorityClassName: 'system-node-critical' })],
];

test.each(faulty)('%s: %s', (_name, id, change) => {
  expect(idsOf({ ...parts, ...change() })).toEqual([id]);
});

/** What looks like a fault, and is none. */
const innocent: readonly (readonly [name: string, change: Change])[] = [
  [
    'operations in another order',
    () =>
      edited('validating', 2, {
        rules: webhookRules.templates.map((rule) => ({ ...rule, operations: rule.operations.toReversed() })),
      }),
  ],
  ['another port of the Service', () => ported(8443)],
  ['a webhook before ours', () => later({}, 'aa')],
  ['a later one that is not asked again', () => later({ reinvocationPolicy: 'Never' })],
  ['a later one for other namespaces', () => later({ namespaceSelector: { matchLabels: { team: 'web' } } })],
  [
    'a later one that leaves the label out',
    () => later({ objectSelector: { matchExpressions: [{ key: 'mount-fuse', operator: 'DoesNotExist' }] } }),
  ],
  ['a role for other names', () => binding([{ ...webhookRule, resourceNames: ['other'] }], mallory)],
  ['a binding of the API server', () => binding(everything, { kind: 'User', name: 'system:kube-scheduler' })],
  [
    'a role in another namespace',
    () => binding([{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['update'] }], mallory, 'ci'),
  ],
  ['a role to read', () => binding([{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }], mallory)],
  [
    'our own account',
    () => binding([webhookRule], { kind: 'ServiceAccount', namespace: 'pratique', name: 'pratique' }),
  ],
  ['an agent that is recorded', () => daemonSet('kube-system', { hostPID: true, hostNetwork: true })],
  ['a policy about labels', () => policy({ rules: [{ validate: { labels: 'team' } }] })],
  ['a mutation of something else', () => policy({ rules: [{ mutate: { privileged: false } }] })],
  ['a constraint about labels', () => ({ gatekeeper: [{ kind: 'K8sRequiredLabels', metadata: { name: 'planted' } }] })],
  ['Pod Security that denies nothing', () => labelled('privileged')],
  ['an exemption not yet used', () => usage(clock - 2 * day, 0)],
  ['an exemption in use', () => usage(clock - 40 * day, 3)],
];

test.each(innocent)('nothing is said of %s', (_name, change) => {
  expect(idsOf({ ...parts, ...change() })).toEqual([]);
});

describe('the port of the Service', () => {
  const commandsOf = (changed: Partial<Parts>) =>
    diagnosed({ ...parts, ...changed })
      .map(({ command }) => command)
      .join('\n');

  test('is that of a webhook that is put back', () => {
    const whole = ported(8443);
    expect(commandsOf({ ...whole, mutating: [{ ...parts.mutating[0], webhooks: [] }] })).toContain('"port":8443');
  });

  test('is put back as the webhooks ask for it', () => {
    const service = { spec: { selector: { app: 'pratique' }, ports: [{ name: 'http', port: 8080 }] } };
    const changed = { ...ported(8443), service };
    expect(idsOf({ ...parts, ...changed })).toEqual(['service-selector']);
    expect(commandsOf(changed)).toContain('"name":"https","port":8443');
  });

  test('is not guessed where there is no Service', () => {
    expect(idsOf({ ...parts, ...ported(8443), service: undefined })).toEqual(['service-missing']);
  });
});

describe('certificates', () => {
  test('a bundle of another CA, by the Secret', () => {
    expect(idsOf({ ...parts, served: { chain: undefined, authorities: other.certificate.pem, source: 'it' } })).toEqual(
      ['ca-bundle-mismatch'],
    );
  });

  const served = async (signer: SigningCa, name: string, life: number) => {
    const { material } = await issueLeaf(signer, { names: [name], now: clock, lifetime: life });
    return { ...parts, served: { chain: [material.cert], authorities: undefined, source: 'https://it' } };
  };

  test('a bundle of another CA, by a handshake', async () => {
    expect(idsOf(await served(ca, 'pratique.pratique.svc', 30 * day))).toEqual([]);
    expect(idsOf(await served(other, 'pratique.pratique.svc', 30 * day))).toEqual(['ca-bundle-mismatch']);
  });

  test('a certificate of another name, and one that ends', async () => {
    expect(idsOf(await served(ca, 'pratique.other.svc', 30 * day))).toEqual(['certificate-name']);
    expect(idsOf(await served(ca, 'pratique.pratique.svc', 2 * day))).toEqual(['certificate-expiry']);
  });

  test('a CA that ends', () => {
    const aged = healthyParts(old.certificate.pem);
    expect(idsOf(aged)).toEqual(['ca-bundle-expiry']);
    expect(diagnosed(aged)[0]?.severity).toBe('warning');
    expect(diagnosed(aged, { clock: clock + 20 * day })[0]?.severity).toBe('error');
  });
});

describe('AKS', () => {
  test('is told apart, and not as a hole of somebody', () => {
    const selector = nameNotIn(...always);
    const rewritten = [...selector.matchExpressions, { key: 'control-plane', operator: 'NotIn', values: ['true'] }];
    const namespaces = [...parts.namespaces, { metadata: { name: 'sly', labels: { 'control-plane': 'true' } } }];
    const change = edited('validating', 0, { namespaceSelector: { matchExpressions: rewritten } });
    const [first, ...rest] = diagnosed({ ...parts, ...change, namespaces });
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ id: 'aks-admissions-enforcer', severity: 'warning' });
    expect(first?.evidence.at(-1)).toBe('these namespaces are not covered now: sly');
  });
});

describe('who may write', () => {
  test('is not hidden by the name of a binding, but for the controllers of Kubernetes', () => {
    const account = (name: string) => ({ kind: 'ServiceAccount', namespace: 'kube-system', name });
    const named = (name: string, subject: object) => {
      const { clusterRoles = [], clusterRoleBindings = [] } = binding([webhookRule], subject);
      const bindings = clusterRoleBindings.map((one) => ({ ...one, metadata: { name } }));
      return idsOf({ ...parts, clusterRoles, clusterRoleBindings: bindings });
    };
    expect(named('system:controller:namespace-controller', account('namespace-controller'))).toEqual([]);
    expect(named('system:controller:namespace-controller', account('other'))).toEqual(['writers-of-webhooks']);
    expect(named('system:planted', mallory)).toEqual(['writers-of-webhooks']);
  });

  test('is silent about whom the site trusts', () => {
    const changed = { ...parts, ...binding(everything, mallory) };
    expect(idsOf(changed)).toEqual(['writers-of-bindings', 'writers-of-namespace', 'writers-of-webhooks']);
    expect(idsOf(changed, { trusted: new Set(['User:mallory']) })).toEqual([]);
  });

  test('is worse when it is everybody', () => {
    const severityOf = (name: string) =>
      diagnosed({ ...parts, ...binding([webhookRule], { kind: 'Group', name }) })[0]?.severity;
    expect(severityOf('system:authenticated')).toBe('error');
    expect(severityOf('system:serviceaccounts:ci')).toBe('error');
    expect(severityOf('developers')).toBe('warning');
  });
});

test('what was not read is told, with what nobody knows then, and nothing is said of it', () => {
  const state = { ...stateOf({ ...parts, validating: [] }), validating: unread('forbidden') };
  const { diagnoses, notLookedAt } = examine(state, about);
  expect(diagnoses).toEqual([]);
  expect(notLookedAt.map(({ part, why }) => [part, why])).toEqual([['validating', 'forbidden']]);
  expect(notLookedAt[0]?.ids).toEqual(
    expect.arrayContaining(['webhook-rules', 'ca-bundle-mismatch', 'daemonset-denied']),
  );
});

/** See safety-net.test.ts. */
const policyIds = [
  'mutation-policy-edited',
  'mutation-policy-missing',
  'mutation-policy-stale',
  'policies-not-compared',
  'safety-net-edited',
  'safety-net-missing',
  'safety-net-stale',
  'safety-net-warns',
];

test('every id is found by one of these tests', () => {
  const told = new Set(faulty.map(([, id]) => id));
  const elsewhere = [
    'aks-admissions-enforcer',
    'ca-bundle-expiry',
    'ca-bundle-mismatch',
    'certificate-expiry',
    'certificate-name',
    ...policyIds,
  ].toSorted();
  expect(diagnosisIds.filter((id) => !told.has(id))).toEqual(elsewhere);
});
