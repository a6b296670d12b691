import {
  annotationSettings,
  celString,
  podsCondition,
  type Rule,
  storageCondition,
  templatesCondition,
  webhookRules,
} from '../admission/registration.ts';
import type { CheckDocument } from '../config/document.ts';
import type { EffectiveConfiguration } from '../config/effective.ts';
import { defaultConfiguration } from '../config/embedded.ts';

/** Which of the two webhook configurations. */
export type WebhookKind = 'validating' | 'mutating';

/** What a webhook of ours is, as the chart renders it, whatever its values. */
export interface ExpectedWebhook {
  readonly kind: WebhookKind;
  readonly name: string;
  readonly path: string;
  /** Whether it is asked about the namespaces that are enforced, or about those that must come up without it. */
  readonly namespaces: 'judged' | 'observed';
  readonly rules: readonly Rule[];
  readonly conditions: readonly { readonly name: string; readonly expression: string }[];
  readonly objectSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
  /** Undefined where the site chooses. */
  readonly failurePolicy: 'Ignore' | undefined;
  /** The chart's default, in seconds. */
  readonly timeoutSeconds: number;
  /** Whether something is let in, or passed over, that is to be denied, when it is not asked. */
  readonly decides: boolean;
}

/** The names of our webhooks. */
export const webhookNames: ReadonlySet<string> = new Set(
  ['validate', 'observe', 'templates', 'storage', 'mutate'].map((what) => `${what}.pratique.dev`),
);

/** The webhooks of a configuration. The source of rules and conditions is the chart's own. */
export function expectedWebhooks(effective: EffectiveConfiguration): readonly ExpectedWebhook[] {
  const pods = [{ name: 'changes-something-judged', expression: expectedPodsCondition(effective) }];
  const validating = { kind: 'validating', path: '/validate', namespaces: 'judged', objectSelector: {} } as const;
  return [
    {
      ...validating,
      name: 'validate.pratique.dev',
      rules: webhookRules.pods,
      conditions: pods,
      failurePolicy: undefined,
      timeoutSeconds: 5,
      decides: true,
    },
    {
      ...validating,
      name: 'observe.pratique.dev',
      path: '/observe',
      namespaces: 'observed',
      rules: webhookRules.pods,
      conditions: pods,
      failurePolicy: 'Ignore',
      timeoutSeconds: 1,
      decides: false,
    },
    {
      ...validating,
      name: 'templates.pratique.dev',
      rules: webhookRules.templates,
      conditions: [{ name: 'changes-the-spec', expression: templatesCondition }],
      failurePolicy: 'Ignore',
      timeoutSeconds: 2,
      decides: false,
    },
    {
      ...validating,
      name: 'storage.pratique.dev',
      rules: webhookRules.storage,
      conditions: [{ name: 'can-matter', expression: storageCondition() }],
      failurePolicy: undefined,
      timeoutSeconds: 5,
      decides: true,
    },
    {
      kind: 'mutating',
      name: 'mutate.pratique.dev',
      path: '/mutate',
      namespaces: 'judged',
      rules: webhookRules.mutate,
      conditions: [],
      objectSelector: { matchLabels: effective.mountFuse.label },
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      decides: false,
    },
  ];
}

/** As charts/pratique/templates/_helpers.tpl makes it: the site's keys of all its profiles, used or not, in order. */
function expectedPodsCondition({ mountFuse, profiles }: EffectiveConfiguration): string {
  const [key = ''] = Object.keys(mountFuse.label);
  const site = new Set<string>();
  for (const { value } of profiles.values()) {
    for (const { check, setting } of annotationSettings()) {
      for (const one of settingOf(value.checks?.[check], setting)) site.add(one);
    }
  }
  return podsCondition({
    key: celString(key),
    annotationsRead: defaultConfiguration().annotationsRead,
    siteAnnotations: [...site]
      .sort()
      .map((one) => `, ${celString(one)}`)
      .join(''),
  });
}

function settingOf(entry: CheckDocument | undefined, setting: string): readonly string[] {
  const value: unknown = typeof entry === 'object' ? entry[setting] : undefined;
  return Array.isArray(value) ? (value as readonly unknown[]).filter((one) => typeof one === 'string') : [];
}
