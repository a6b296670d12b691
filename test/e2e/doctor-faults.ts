import { createAuthority } from '../harness/certificates.ts';
import { policyFaults } from './doctor-policy-faults.ts';
import { base64, type DoctorScene, exempting, paths, runtimeClass } from './doctor-scene.ts';

/** Something that is broken on purpose. */
export interface Fault {
  /** What is done. */
  readonly name: string;
  /** Of the diagnosis that tells it. */
  readonly id: string;
  /** Part of what it shows. */
  readonly evidence: RegExp;
  readonly isInfo?: true;
  plant(scene: DoctorScene): Promise<void>;
  /** Where the printed command is none that mends it; else it is run. */
  mend?(scene: DoctorScene): Promise<void>;
  /** Takes away what is still there when it is no fault any more. */
  clean?(scene: DoctorScene): Promise<void>;
  /** The API server cannot reach any webhook here, so that what storage.pratique.dev decides about waits for this. */
  readonly needsStorage?: true;
}

const webhookNames = {
  validate: 'validate.pratique.dev',
  observe: 'observe.pratique.dev',
  templates: 'templates.pratique.dev',
  storage: 'storage.pratique.dev',
  mutate: 'mutate.pratique.dev',
} as const;

/** Changes a field of a webhook, wherever that is by now in its configuration. */
export const edit =
  (webhook: keyof typeof webhookNames, field: string, value: unknown, op = 'add') =>
  async (scene: DoctorScene) => {
    const path = webhook === 'mutate' ? paths.mutating : paths.validating;
    const { webhooks } = await scene.cluster.api.expect<{ readonly webhooks: readonly { readonly name: string }[] }>(
      'GET',
      path,
    );
    const index = webhooks.findIndex(({ name }) => name === webhookNames[webhook]);
    await scene.patch(path, [{ op, path: `/webhooks/${index}${field}`, ...(op === 'remove' ? {} : { value }) }]);
  };

const addWebhook = (webhook: object) => (scene: DoctorScene) =>
  scene.patch(paths.validating, [{ op: 'add', path: '/webhooks/-', value: webhook }]);

const set =
  (...values: readonly string[]) =>
  (scene: DoctorScene) =>
    scene.upgrade(...values.flatMap((value) => ['--set', value]));

const exempt = (more?: object) => (scene: DoctorScene) => scene.upgrade(...exempting(more));

const create = (path: string, object: object) => async (scene: DoctorScene) => {
  await scene.cluster.api.expect('POST', path, object);
};

const remove = (path: string) => async (scene: DoctorScene) => {
  await scene.cluster.api.expect('DELETE', path);
};

const replaceClass = (handler: string, more?: object) => async (scene: DoctorScene) => {
  await remove(paths.runtimeClass)(scene);
  await create('/apis/node.k8s.io/v1/runtimeclasses', runtimeClass(handler, more))(scene);
};

const status = (counts: object) => (scene: DoctorScene) =>
  scene.merge(`${paths.deployment}/status`, { status: counts });

const settle = (scene: DoctorScene) => scene.settle();

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const admission = '/apis/admissionregistration.k8s.io/v1';

const grant =
  (rules: readonly object[], subject: object, namespace?: string) =>
  async (scene: DoctorScene): Promise<void> => {
    await create(`${rbac}/clusterroles`, { metadata: { name: 'planted' }, rules })(scene).catch(() => undefined);
    const [where, kind] =
      namespace === undefined ? ['', 'clusterrolebindings'] : [`/namespaces/${namespace}`, 'rolebindings'];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'planted' };
    await create(`${rbac}${where}/${kind}`, { metadata: { name: 'planted' }, roleRef, subjects: [subject] })(scene);
    await scene.merge(`${rbac}/clusterroles/planted`, { rules });
  };

const user = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' };

const daemonSet = (namespace: string, spec: object) =>
  create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
    metadata: { name: 'planted' },
    spec: {
      selector: { matchLabels: { app: 'planted' } },
      template: {
        metadata: { labels: { app: 'planted' } },
        spec: { containers: [{ name: 'agent', image: 'registry.example/agent:1' }], ...spec },
      },
    },
  });

const definition = (group: string, version: string, kind: string, plural: string) => ({
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Cluster',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

/** Makes a kind, and an object of it as soon as it is served. */
const custom =
  (group: string, version: string, kind: string, plural: string, spec: object) =>
  async ({ cluster }: DoctorScene): Promise<void> => {
    const crd = definition(group, version, kind, plural);
    await cluster.api.expect('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    const wait = ['wait', '--for=condition=Established', '--timeout=60s', `crd/${plural}.${group}`];
    const { code, stderr } = await cluster.kubectl(wait);
    if (code !== 0) throw new Error(stderr);
    const object = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'planted' }, spec };
    const applied = await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
    if (applied.code !== 0) throw new Error(applied.stderr);
  };

const podsOf = (operations: readonly string[]) => [
  { apiGroups: [''], apiVersions: ['v1'], operations, resources: ['pods'] },
];

/** What can be wrong with the webhook configurations. */
const webhookFaults: readonly Fault[] = [
  {
    name: 'the emergency command was given',
    id: 'webhook-configuration-missing',
    evidence: /no validatingwebhookconfiguration pratique/,
    plant: remove(paths.validating),
  },
  {
    name: 'the webhook that records was taken out',
    id: 'webhook-missing',
    evidence: /no observe\.pratique\.dev/,
    plant: edit('observe', '', undefined, 'remove'),
  },
  {
    name: 'debug containers are not asked about',
    id: 'webhook-rules',
    evidence: /UPDATE pods\/ephemeralcontainers/,
    plant: edit('validate', '/rules/1', undefined, 'remove'),
  },
  {
    name: 'updates are not asked about',
    id: 'webhook-rules',
    evidence: /UPDATE pods$/,
    plant: edit('validate', '/rules/0/operations', ['CREATE']),
  },
  {
    name: 'somebody is let through by a match condition',
    id: 'webhook-match-conditions',
    evidence: /validate\.pratique\.dev.*not-mallory/,
    plant: edit('validate', '/matchConditions/-', {
      name: 'not-mallory',
      expression: "request.userInfo.username != 'mallory'",
    }),
  },
  {
    name: 'a namespace was taken out by name',
    id: 'namespace-not-covered',
    evidence: /leaves out ci/,
    plant: edit('validate', '/namespaceSelector/matchExpressions/0/values/-', 'ci'),
  },
  {
    name: 'namespaces are taken out by a label',
    id: 'namespace-not-covered',
    evidence: /not covered now: .*ci/,
    plant: edit('validate', '/namespaceSelector/matchLabels', { judged: 'yes' }),
  },
  {
    name: 'AKS has rewritten the selectors',
    id: 'aks-admissions-enforcer',
    evidence: /control-plane NotIn true/,
    async plant(scene) {
      for (const webhook of ['validate', 'observe', 'templates', 'storage'] as const) {
        const expression = { key: 'control-plane', operator: 'NotIn', values: ['true'] };
        await edit(webhook, '/namespaceSelector/matchExpressions/-', expression)(scene);
      }
    },
  },
  {
    name: 'a namespace that must come up without it is asked about',
    id: 'webhook-selector',
    evidence: /is asked about kube-system/,
    plant: edit('validate', '/namespaceSelector/matchExpressions/0/values', ['kube-node-lease', 'pratique']),
  },
  {
    name: 'a label of the pod decides',
    id: 'webhook-object-selector',
    evidence: /skip DoesNotExist/,
    plant: edit('validate', '/objectSelector', { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] }),
  },
  {
    name: 'what decides is sent to what only records',
    id: 'webhook-target',
    evidence: /"path":"\/observe"/,
    plant: edit('validate', '/clientConfig/service/path', '/observe'),
  },
  {
    name: 'one webhook lets pass in an outage',
    id: 'failure-policy',
    evidence: /validate\.pratique\.dev has failurePolicy Ignore/,
    plant: edit('validate', '/failurePolicy', 'Ignore'),
  },
  {
    name: 'workloads wait in an outage',
    id: 'failure-policy',
    evidence: /templates\.pratique\.dev has failurePolicy Fail/,
    plant: edit('templates', '/failurePolicy', 'Fail'),
  },
  {
    name: 'a request may wait for half a minute',
    id: 'webhook-timeout',
    evidence: /30 s/,
    plant: edit('storage', '/timeoutSeconds', 30),
  },
  {
    name: 'other versions of the API are not asked about',
    id: 'webhook-match-policy',
    evidence: /"Exact"/,
    plant: edit('validate', '/matchPolicy', 'Exact'),
  },
  {
    name: 'the mutation is not asked again',
    id: 'webhook-edited',
    evidence: /reinvocationPolicy "Never"/,
    plant: edit('mutate', '/reinvocationPolicy', 'Never', 'replace'),
  },
  {
    name: 'a webhook was added under our name',
    id: 'webhook-unknown',
    evidence: /has other\.example\.com/,
    plant: addWebhook({
      name: 'other.example.com',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: podsOf(['DELETE']),
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Ignore',
    }),
  },
  {
    name: 'the second step was not taken',
    id: 'webhook-unenforced',
    evidence: /failurePolicy Ignore/,
    plant: set('failurePolicy=Ignore'),
  },
  {
    name: 'a namespace that may ask for the device is excluded',
    id: 'namespace-left-out',
    evidence: /: ci$/,
    plant: set('webhook.excludedNamespaces={ci}'),
  },
];

/** What can be wrong with what answers. */
const servingFaults: readonly Fault[] = [
  {
    name: 'no replica is ready',
    id: 'deployment-unavailable',
    evidence: /0 of 3/,
    plant: status({ readyReplicas: 0, availableReplicas: 0 }),
    mend: settle,
  },
  {
    name: 'a rollout does not end',
    id: 'rollout-unfinished',
    evidence: /1 of 3/,
    plant: status({ updatedReplicas: 1 }),
    mend: settle,
  },
  {
    name: 'one replica is left',
    id: 'single-replica',
    evidence: /replicas is 1/,
    plant: (scene) => scene.merge(paths.deployment, { spec: { replicas: 1 } }),
  },
  {
    name: 'the Service is gone',
    id: 'service-missing',
    evidence: /no Service pratique/,
    plant: remove(paths.service),
  },
  {
    name: 'the Service selects other pods',
    id: 'service-selector',
    evidence: /it selects app=other/,
    plant: (scene) => scene.merge(paths.service, { spec: { selector: { app: 'other' } } }),
  },
  {
    name: 'no endpoint is ready',
    id: 'service-endpoints',
    evidence: /none ready/,
    plant: (scene) =>
      scene.patch(paths.slice, [{ op: 'replace', path: '/endpoints/0/conditions/ready', value: false }]),
    mend: (scene) => scene.patch(paths.slice, [{ op: 'replace', path: '/endpoints/0/conditions/ready', value: true }]),
  },
  {
    name: 'a caBundle was wiped',
    id: 'ca-bundle-missing',
    evidence: /mutate\.pratique\.dev.*is empty/,
    plant: edit('mutate', '/clientConfig/caBundle', undefined, 'remove'),
  },
  {
    name: 'a caBundle is of another CA',
    id: 'ca-bundle-mismatch',
    evidence: /lacks the CA/,
    plant: async (scene) => {
      const { cert } = await createAuthority();
      for (const webhook of ['validate', 'storage'] as const)
        await edit(webhook, '/clientConfig/caBundle', base64(cert))(scene);
    },
  },
  {
    name: 'the CA in the caBundle ends within the month',
    id: 'ca-bundle-expiry',
    evidence: /the last CA of mutate\.pratique\.dev/,
    plant: async (scene) => {
      const { cert } = await createAuthority();
      await edit('mutate', '/clientConfig/caBundle', base64(cert), 'replace')(scene);
    },
    mend: settle,
  },
  {
    name: 'the ConfigMap was deleted',
    id: 'configuration-missing',
    evidence: /no ConfigMap pratique\/pratique-config-/,
    plant: async ({ cluster }) => {
      const selector = '--selector=app.kubernetes.io/component=configuration';
      await cluster.kubectl(['--namespace=pratique', 'delete', 'configmaps', selector]);
    },
  },
];

/** What can be wrong with what is granted and exempt. */
const grantFaults: readonly Fault[] = [
  {
    name: 'the RuntimeClass was deleted',
    id: 'runtime-class-missing',
    evidence: /runtimeClassName is untrusted/,
    plant: remove(paths.runtimeClass),
    needsStorage: true,
  },
  {
    name: 'the RuntimeClass leads to runc',
    id: 'runtime-class-handler',
    evidence: /handler "runc"/,
    plant: replaceClass('runc'),
    needsStorage: true,
  },
  {
    name: 'no node offers the device',
    id: 'fuse-resource-missing',
    evidence: /none of 1 nodes has squat\.ai\/fuse/,
    plant: (scene) => scene.merge(`${paths.node}/status`, { status: { allocatable: { 'squat.ai/fuse': '0' } } }),
    mend: (scene) => scene.merge(`${paths.node}/status`, { status: { allocatable: { 'squat.ai/fuse': '20' } } }),
  },
  {
    name: 'the nodes of the class do not offer the device',
    id: 'fuse-resource-nodes',
    evidence: /wants nodes with sandbox=gvisor: none/,
    plant: replaceClass('kata-qemu', { scheduling: { nodeSelector: { sandbox: 'gvisor' } } }),
    mend: replaceClass('kata-qemu'),
    needsStorage: true,
  },
  {
    name: 'an exemption has expired',
    id: 'exemption-expired',
    evidence: /expires 2026-01-01, owner platform/,
    plant: exempt({ expires: '2026-01-01' }),
    mend: exempt(),
  },
  {
    name: "an exemption is in an author's namespace",
    id: 'exemption-for-authors',
    evidence: /job pods run in ci/,
    isInfo: true,
    plant: exempt({ namespaces: ['ci'], acceptAuthorsInNamespace: true }),
    mend: exempt(),
  },
  {
    name: 'an exemption is for a namespace that is not there',
    id: 'exemption-namespace',
    evidence: /no namespace elsewhere/,
    isInfo: true,
    plant: exempt({ namespaces: ['elsewhere'] }),
    mend: exempt(),
  },
];

/** What else in the cluster gets in the way. */
const otherFaults: readonly Fault[] = [
  {
    name: 'somebody may edit webhook configurations',
    id: 'writers-of-webhooks',
    evidence: /patch validatingwebhookconfigurations/,
    plant: grant([{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['patch'] }], user),
  },
  {
    name: 'somebody may write the namespace',
    id: 'writers-of-namespace',
    evidence: /RoleBinding pratique\/planted.*User:mallory/,
    plant: grant([{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['update'] }], user, 'pratique'),
  },
  {
    name: 'somebody may bind pods to nodes',
    id: 'writers-of-bindings',
    evidence: /create pods\/binding/,
    plant: grant([{ apiGroups: [''], resources: ['pods/binding'], verbs: ['create'] }], {
      kind: 'ServiceAccount',
      namespace: 'ci',
      name: 'default',
    }),
  },
  {
    name: 'a later webhook has the last word',
    id: 'mutating-webhook-after',
    evidence: /zz-later is asked after pratique/,
    plant: create(`${admission}/mutatingwebhookconfigurations`, {
      metadata: { name: 'zz-later' },
      webhooks: [
        {
          name: 'later.example.com',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: podsOf(['CREATE']),
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Ignore',
          reinvocationPolicy: 'IfNeeded',
        },
      ],
    }),
  },
  {
    name: 'the Kyverno policy of old grants the device as well',
    id: 'overlapping-kyverno',
    evidence: /names squat\.ai\/fuse/,
    plant: custom('kyverno.io', 'v1', 'ClusterPolicy', 'clusterpolicies', {
      rules: [{ name: 'fuse', mutate: { patchStrategicMerge: { spec: { limits: { 'squat.ai/fuse': 1 } } } } }],
    }),
  },
  {
    name: 'Gatekeeper decides about the same',
    id: 'overlapping-gatekeeper',
    evidence: /enforcementAction is deny/,
    isInfo: true,
    plant: custom('constraints.gatekeeper.sh', 'v1beta1', 'K8sPSPPrivilegedContainer', 'k8spspprivilegedcontainer', {}),
  },
  {
    name: 'Pod Security denies what is exempt',
    id: 'overlapping-pod-security',
    evidence: /agent \(host-pid\)/,
    plant: (scene) =>
      scene.merge('/api/v1/namespaces/agents', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
      }),
  },
  {
    name: 'a DaemonSet would not come back',
    id: 'daemonset-denied',
    evidence: /^privileged: /,
    plant: daemonSet('agents', {
      containers: [{ name: 'agent', image: 'registry.example/agent:1', securityContext: { privileged: true } }],
    }),
    mend: remove('/apis/apps/v1/namespaces/agents/daemonsets/planted'),
  },
  {
    name: 'a network plugin is in a namespace that is judged',
    id: 'bootstrap-namespace',
    evidence: /DaemonSet agents\/planted: system-node-critical/,
    plant: daemonSet('agents', { priorityClassName: 'system-node-critical' }),
    clean: remove('/apis/apps/v1/namespaces/agents/daemonsets/planted'),
  },
];

/** Every fault, each planted in a cluster in which nothing else is wrong. */
export const faults: readonly Fault[] = [
  ...webhookFaults,
  ...servingFaults,
  ...grantFaults,
  ...otherFaults,
  ...policyFaults,
];
