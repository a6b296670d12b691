import { nameOf, objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import { commandOf, isOfHelm, type PatchOperation, patchCommand, releaseCommand } from './commands.ts';
import { type About, type Diagnosis, examination, type Severity } from './diagnosis.ts';
import { type Drift, driftOf, type Target } from './drift.ts';
import type { ExpectedWebhook, WebhookKind } from './expected.ts';
import { configurationResources, type LiveWebhooks, liveWebhooks } from './live-webhooks.ts';
import { meanings } from './meanings.ts';
import { webhookPort } from './ports.ts';
import { judgedSelector, labelsOf, observedSelector, selects } from './selectors.ts';
import type { LoadedConfiguration, Parts } from './state.ts';

/** The webhook configurations: whether they are there, and what they say. */
export const webhookExaminations = [
  examination(
    [
      'webhook-configuration-missing',
      'webhook-missing',
      'webhook-unknown',
      'webhook-unenforced',
      'namespace-left-out',
      ...Object.keys(meanings),
    ],
    ['validating', 'mutating', 'configuration', 'deployment', 'service', 'namespaces'],
    (parts, about) => {
      const all = liveWebhooks(parts, about);
      const { namespace, name } = about;
      const target = { namespace, name, port: webhookPort(parts, name) };
      return [
        ...missingConfiguration(all, parts.deployment, about),
        ...missingWebhooks(all, target),
        ...unknownWebhooks(all, about),
        ...drifts(all, parts, target),
        ...unenforced(all, parts, about),
        ...leftOut(all, parts, about),
      ];
    },
  ),
];

const kinds = ['validating', 'mutating'] as const satisfies readonly WebhookKind[];

function missingConfiguration(
  { configurations }: LiveWebhooks,
  deployment: Parts['deployment'],
  about: About,
): readonly Diagnosis[] {
  if (configurations.validating !== undefined) return [];
  return [
    {
      id: 'webhook-configuration-missing',
      severity: 'error',
      title: 'nothing is denied: the ValidatingWebhookConfiguration is missing',
      evidence: [`there is no ${configurationResources.validating} ${about.name}`],
      remedy: 'Make it again. It is what the emergency command deletes.',
      command: releaseCommand(deployment, about, { file: 'deploy/webhooks.yaml' }),
    },
  ];
}

function missingWebhooks(all: LiveWebhooks, target: Target): readonly Diagnosis[] {
  const there = new Set(all.live.map(({ expected }) => expected.name));
  const missing = all.expected.filter(({ kind, name }) => all.configurations[kind] !== undefined && !there.has(name));
  return missing.map((one) => ({
    id: 'webhook-missing',
    severity: one.decides ? 'error' : 'warning',
    title: `the webhook ${one.name} is missing`,
    evidence: [`${configurationResources[one.kind]} ${target.name} has no ${one.name}`],
    remedy: 'Put it back.',
    command: patchCommand(configurationResources[one.kind], target.name, [
      { op: 'add', path: '/webhooks/-', value: wholeWebhook(one, all, target) },
    ]),
  }));
}

/** A webhook as the chart would render it; what the values choose is as its siblings have it. */
function wholeWebhook(
  one: ExpectedWebhook,
  { live, spared }: LiveWebhooks,
  { namespace, name, port }: Target,
): unknown {
  const caBundle = live.map(({ fields }) => textAt(fields, 'clientConfig', 'caBundle')).find((text) => text !== '');
  const isFail = live.some(({ expected, fields }) => expected.decides && textAt(fields, 'failurePolicy') === 'Fail');
  return {
    name: one.name,
    clientConfig: {
      service: { namespace, name, path: one.path, port },
      ...(caBundle === undefined ? {} : { caBundle }),
    },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    failurePolicy: one.failurePolicy ?? (isFail ? 'Fail' : 'Ignore'),
    timeoutSeconds: one.timeoutSeconds,
    ...(one.kind === 'mutating' ? { reinvocationPolicy: 'IfNeeded' } : {}),
    namespaceSelector: one.namespaces === 'observed' ? observedSelector(spared) : judgedSelector(spared),
    objectSelector: one.objectSelector,
    rules: one.rules,
    ...(one.conditions.length === 0 ? {} : { matchConditions: one.conditions }),
  };
}

function unknownWebhooks({ configurations, expected }: LiveWebhooks, about: About): readonly Diagnosis[] {
  const known = new Set(expected.map(({ name }) => name));
  return kinds.flatMap((kind) =>
    objectsAt(configurations[kind], 'webhooks').flatMap((webhook, index): readonly Diagnosis[] => {
      const name = textAt(webhook, 'name');
      if (known.has(name)) return [];
      return [
        {
          id: 'webhook-unknown',
          severity: 'warning',
          title: `somebody has added the webhook ${name}`,
          evidence: [`${configurationResources[kind]} ${about.name} has ${name}, which the chart does not render`],
          remedy: 'Take it out: it is asked in our name.',
          command: patchCommand(configurationResources[kind], about.name, [
            { op: 'test', path: `/webhooks/${index}/name`, value: name },
            { op: 'remove', path: `/webhooks/${index}` },
          ]),
        },
      ];
    }),
  );
}

/** One diagnosis for all webhooks of a configuration in which the same is wrong. */
function drifts(all: LiveWebhooks, { namespaces }: Pick<Parts, 'namespaces'>, target: Target): readonly Diagnosis[] {
  const found = all.live.flatMap((webhook) => driftOf(webhook, all, target));
  const groups = Map.groupBy(found, ({ id, webhook }) => `${id} ${webhook.expected.kind}`);
  return [...groups.values()].flatMap((group): readonly Diagnosis[] => {
    const [first] = group;
    const meaning = meanings[first?.id ?? ''];
    if (first === undefined || meaning === undefined) return [];
    const { id, webhook } = first;
    const isSelector = group.some(({ field }) => field === 'namespaceSelector');
    return [
      {
        id,
        severity: worst(group),
        ...meaning,
        evidence: [
          ...group.map((one) => `${one.webhook.expected.name} ${one.evidence}`),
          ...(isSelector ? uncovered(all, namespaces, webhook.expected.kind) : []),
        ],
        command: commandFor(group, target),
      },
    ];
  });
}

function commandFor(group: readonly Drift[], { name }: Target): string {
  const [first] = group;
  const kind = first?.webhook.expected.kind ?? 'validating';
  const patch = group.flatMap(({ webhook, field, value }): readonly PatchOperation[] => [
    { op: 'test', path: `/webhooks/${webhook.index}/name`, value: webhook.expected.name },
    { op: 'add', path: `/webhooks/${webhook.index}/${field}`, value },
  ]);
  const command = patchCommand(configurationResources[kind], name, patch);
  if (first?.id !== 'aks-admissions-enforcer') return command;
  const label = 'admissions.enforcer/disabled=true';
  return `${commandOf('kubectl', 'label', '--overwrite', configurationResources[kind], name, label)}\n${command}`;
}

/** The namespaces that are there, meant to be judged, and not selected by what decides about pods. */
function uncovered(
  { live, spared }: LiveWebhooks,
  namespaces: Parts['namespaces'],
  kind: WebhookKind,
): readonly string[] {
  const judged = live.filter(({ expected }) => expected.kind === kind && expected.namespaces === 'judged');
  const out = new Set([...spared.observed, ...spared.excluded]);
  const names = namespaces
    .filter((one) => !out.has(nameOf(one)))
    .filter((one) => judged.some(({ fields }) => !selectsNamespace(fields, one)))
    .map(nameOf);
  if (names.length === 0) return [];
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return [`these namespaces are not covered now: ${names.slice(0, 10).join(', ')}${more}`];
}

function selectsNamespace(webhook: unknown, namespace: Parts['namespaces'][number]): boolean {
  return selects(valueAt(webhook, 'namespaceSelector'), labelsOf(namespace));
}

/** Enforced, but for the time of an outage. */
function unenforced(
  { live }: LiveWebhooks,
  { configuration, deployment }: Pick<Parts, 'configuration' | 'deployment'>,
  about: About,
): readonly Diagnosis[] {
  const deciding = live.filter(({ expected }) => expected.decides);
  const isOpen = deciding.every(({ fields }) => textAt(fields, 'failurePolicy') === 'Ignore');
  if (deciding.length === 0 || !isOpen || configuration.effective.default.mode !== 'enforce') return [];
  return [
    {
      id: 'webhook-unenforced',
      severity: 'warning',
      title: 'everything passes while no replica answers',
      evidence: ['the default mode is enforce, and failurePolicy Ignore'],
      remedy: 'When enforcement has held for some days, take the second step (docs/install.md).',
      command: isOfHelm(deployment)
        ? releaseCommand(deployment, about, { set: { failurePolicy: 'Fail' } })
        : releaseCommand(deployment, about, { file: 'deploy/webhooks.yaml' }),
    },
  ];
}

/** What the configuration names and enforces, and the webhook configurations leave out. */
function leftOut(
  { spared }: LiveWebhooks,
  {
    configuration,
    deployment,
  }: { readonly configuration: LoadedConfiguration; readonly deployment: Parts['deployment'] },
  about: About,
): readonly Diagnosis[] {
  const { effective } = configuration;
  const out = new Set([...spared.observed, ...spared.excluded]);
  const meant = [
    ...effective.namespaces.flatMap(({ value }) => (value.mode === 'audit' ? [] : value.match)),
    ...effective.mountFuse.namespaces,
  ];
  const names = [...new Set(meant)].filter((name) => out.has(name));
  if (names.length === 0) return [];
  const left = (list: readonly string[]) => list.filter((name) => !names.includes(name));
  const set = {
    'webhook.bootstrapNamespaces': left(spared.observed).filter((name) => !fixed.has(name) && name !== about.namespace),
    'webhook.excludedNamespaces': left(spared.excluded),
    ...(names.includes('kube-system') ? { 'webhook.enforceKubeSystem': true } : {}),
  };
  return [
    {
      id: 'namespace-left-out',
      severity: 'warning',
      title: 'the configuration speaks of namespaces that nothing is asked about',
      evidence: [`enforced or granted by the configuration, and left out by the webhooks: ${names.join(', ')}`],
      remedy:
        'Take them out of the values webhook.bootstrapNamespaces and webhook.excludedNamespaces, or set them to audit.',
      command: releaseCommand(deployment, about, { set }),
    },
  ];
}

const fixed: ReadonlySet<string> = new Set(['kube-system', 'kube-node-lease']);

function worst(group: readonly Drift[]): Severity {
  if (group.some(({ severity }) => severity === 'error')) return 'error';
  return group.some(({ severity }) => severity === 'warning') ? 'warning' : 'info';
}
