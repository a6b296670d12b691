import type { EffectiveConfiguration } from '../config/effective.ts';
import { named, objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import type { About } from './diagnosis.ts';
import { type ExpectedWebhook, expectedWebhooks, type WebhookKind } from './expected.ts';
import { type Spared, sparedBy } from './selectors.ts';
import type { Parts } from './state.ts';

/** A webhook of ours in the cluster, beside what it should be. */
export interface LiveWebhook {
  readonly expected: ExpectedWebhook;
  /** In the list of its configuration. */
  readonly index: number;
  readonly fields: Fields;
}

/** What there is of our webhooks. */
export interface LiveWebhooks {
  readonly expected: readonly ExpectedWebhook[];
  readonly live: readonly LiveWebhook[];
  readonly configurations: Readonly<Record<WebhookKind, Fields | undefined>>;
  readonly spared: Spared;
}

/** The resource that kubectl knows a webhook configuration by. */
export const configurationResources = {
  validating: 'validatingwebhookconfiguration',
  mutating: 'mutatingwebhookconfiguration',
} as const;

/** Finds our webhooks in the cluster, and the namespaces that they leave out on purpose. */
export function liveWebhooks(
  { validating, mutating, configuration }: Pick<Parts, 'validating' | 'mutating' | 'configuration'>,
  { name, namespace }: About,
): LiveWebhooks {
  const expected = expectedWebhooks(configuration.effective);
  const configurations = { validating: named(validating, name), mutating: named(mutating, name) };
  const live = expected.flatMap((one): readonly LiveWebhook[] => {
    const webhooks = objectsAt(configurations[one.kind], 'webhooks');
    const index = webhooks.findIndex((webhook) => textAt(webhook, 'name') === one.name);
    const fields = webhooks[index];
    return fields === undefined ? [] : [{ expected: one, index, fields }];
  });
  const selectorsOf = (namespaces: ExpectedWebhook['namespaces']) =>
    live
      .filter((one) => one.expected.namespaces === namespaces)
      .map(({ fields }) => valueAt(fields, 'namespaceSelector'));
  const always = alwaysSpared(configuration.effective, namespace);
  return {
    expected,
    live,
    configurations,
    spared: sparedBy(selectorsOf('observed')[0], selectorsOf('judged'), always),
  };
}

/** What the chart always leaves out; kube-system unless both the chart and the configuration say that it is enforced. */
function alwaysSpared({ namespaces }: EffectiveConfiguration, namespace: string): readonly string[] {
  const entry = namespaces.find(({ value }) => value.match.includes('kube-system'));
  const isEnforced = entry === undefined || entry.value.mode !== 'audit';
  return [...(isEnforced ? [] : ['kube-system']), 'kube-node-lease', namespace];
}
