import { isDeepStrictEqual } from 'node:util';
import { numberAt, objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import type { Severity } from './diagnosis.ts';
import type { LiveWebhook, LiveWebhooks } from './live-webhooks.ts';
import { compareRules } from './rules.ts';
import { describe, expressionsOf, judgedSelector, observedSelector, valuesOf } from './selectors.ts';

/** A field of a webhook that is not what it should be. */
export interface Drift {
  readonly id: string;
  readonly severity: Severity;
  readonly webhook: LiveWebhook;
  readonly evidence: string;
  /** Below the webhook. */
  readonly field: string;
  /** What it should hold. */
  readonly value: unknown;
}

/** What a webhook may hold up, in seconds, before that is worth a word. */
const longTimeout = 10;

/** Everything that is wrong with the fields of one webhook. */
export function driftOf(webhook: LiveWebhook, all: LiveWebhooks, about: { namespace: string; name: string }): Drift[] {
  return [
    ...rules(webhook),
    ...conditions(webhook),
    ...namespaceSelector(webhook, all),
    ...objectSelector(webhook),
    ...target(webhook, about),
    ...policies(webhook, all),
    ...constants(webhook),
  ];
}

function rules(webhook: LiveWebhook): Drift[] {
  const { expected, fields } = webhook;
  const { holes, isSame } = compareRules(objectsAt(fields, 'rules'), expected.rules);
  const drift = { webhook, field: 'rules', value: expected.rules };
  if (holes.length > 0) {
    const severity = expected.decides ? 'error' : 'warning';
    return [{ ...drift, id: 'webhook-rules', severity, evidence: `is not asked about ${holes.join(', ')}` }];
  }
  if (isSame) return [];
  const evidence = 'has other rules than the chart, which ask for more';
  return [{ ...drift, id: 'webhook-edited', severity: 'warning', evidence }];
}

function conditions(webhook: LiveWebhook): Drift[] {
  const { expected, fields } = webhook;
  const live = objectsAt(fields, 'matchConditions').map((one) => ({
    name: textAt(one, 'name'),
    expression: textAt(one, 'expression').trim(),
  }));
  if (isDeepStrictEqual(live, expected.conditions)) return [];
  const expressions = new Set(expected.conditions.map(({ expression }) => expression));
  const strange = live.filter(({ expression }) => !expressions.has(expression)).map(({ name }) => name);
  // Each condition lets something pass; none of them asks about more.
  const evidence =
    strange.length > 0
      ? `has matchConditions that are not those of the configuration: ${strange.join(', ')}`
      : 'lacks a matchCondition: an outage then holds up updates that change nothing judged';
  const severity = strange.length > 0 && expected.namespaces === 'judged' ? 'error' : 'warning';
  return [
    {
      id: 'webhook-match-conditions',
      severity,
      webhook,
      evidence,
      field: 'matchConditions',
      value: expected.conditions,
    },
  ];
}

/** Of Azure's AKS, which writes them into every webhook that may be asked about its own namespaces. */
const aksKeys: ReadonlySet<string> = new Set(['control-plane', 'kubernetes.azure.com/managedby']);

function namespaceSelector(webhook: LiveWebhook, { spared }: LiveWebhooks): Drift[] {
  const { expected, fields } = webhook;
  const isObserving = expected.namespaces === 'observed';
  const value = isObserving ? observedSelector(spared) : judgedSelector(spared);
  const drift = { webhook, field: 'namespaceSelector', value };
  const expressions = expressionsOf(valueAt(fields, 'namespaceSelector'));
  const aks = expressions.filter(({ key }) => aksKeys.has(key));
  const found: Drift[] = [];
  if (aks.length > 0) {
    const evidence = `is not asked about namespaces unless ${aks.map(describe).join(' and ')}`;
    found.push({ ...drift, id: 'aks-admissions-enforcer', severity: 'warning', evidence });
  }
  const wanted = expressionsOf(value);
  const strange = expressions.filter(
    ({ key, operator }) => !aksKeys.has(key) && !wanted.some((one) => one.key === key && one.operator === operator),
  );
  if (strange.length > 0) {
    const evidence = `is only asked about namespaces with ${strange.map(describe).join(' and ')}`;
    found.push({ ...drift, id: 'namespace-not-covered', severity: isObserving ? 'warning' : 'error', evidence });
  }
  found.push(...(isObserving ? observedNames : judgedNames)(drift, expressions, wanted));
  return found;
}

type Found = Omit<Drift, 'id' | 'severity' | 'evidence'>;
type Expressions = ReturnType<typeof expressionsOf>;

function judgedNames(drift: Found, live: Expressions, wanted: Expressions): Drift[] {
  const out = valuesOf(live, 'NotIn');
  const meant = valuesOf(wanted, 'NotIn');
  const holes = out.filter((name) => !meant.includes(name));
  const missing = meant.filter((name) => !out.includes(name));
  const found: Drift[] = [];
  if (holes.length > 0) {
    const evidence = `leaves out ${holes.join(', ')}, which observe.pratique.dev does not name`;
    found.push({ ...drift, id: 'namespace-not-covered', severity: 'error', evidence });
  }
  if (missing.length > 0) {
    const evidence = `is asked about ${missing.join(', ')}, which must come up without it`;
    found.push({ ...drift, id: 'webhook-selector', severity: 'warning', evidence });
  }
  return found;
}

function observedNames(drift: Found, live: Expressions, wanted: Expressions): Drift[] {
  const unseen = valuesOf(wanted, 'In').filter((name) => !valuesOf(live, 'In').includes(name));
  if (unseen.length === 0) return [];
  const evidence = `does not record ${unseen.join(', ')}, which nothing else is asked about`;
  return [{ ...drift, id: 'webhook-selector', severity: 'warning', evidence }];
}

function objectSelector(webhook: LiveWebhook): Drift[] {
  const { expected, fields } = webhook;
  const live = expressionsOf(valueAt(fields, 'objectSelector'));
  if (isDeepStrictEqual(live, expressionsOf(expected.objectSelector))) return [];
  const is = live.length === 0 ? 'every object' : `objects with ${live.map(describe).join(' and ')} only`;
  return [
    {
      id: 'webhook-object-selector',
      severity: expected.kind === 'validating' ? 'error' : 'warning',
      webhook,
      evidence: `is asked about ${is}: labels are the author's to choose`,
      field: 'objectSelector',
      value: expected.objectSelector,
    },
  ];
}

function target(webhook: LiveWebhook, { namespace, name }: { namespace: string; name: string }): Drift[] {
  const { expected, fields } = webhook;
  const live = valueAt(fields, 'clientConfig', 'service');
  const service = { namespace, name, path: expected.path, port: 443 };
  const url = textAt(fields, 'clientConfig', 'url');
  if (url === '' && isDeepStrictEqual(live, service)) return [];
  const caBundle = textAt(fields, 'clientConfig', 'caBundle');
  const where = url === '' ? JSON.stringify(live ?? null) : url;
  return [
    {
      id: 'webhook-target',
      severity: 'error',
      webhook,
      evidence: `asks ${where}, not ${namespace}/${name}${expected.path}`,
      field: 'clientConfig',
      value: { service, ...(caBundle === '' ? {} : { caBundle }) },
    },
  ];
}

function policies(webhook: LiveWebhook, { live }: LiveWebhooks): Drift[] {
  const { expected, fields } = webhook;
  const found: Drift[] = [];
  const policy = textAt(fields, 'failurePolicy');
  const seconds = numberAt(fields, 'timeoutSeconds');
  const siblings = live.filter((one) => one.expected.failurePolicy === undefined);
  const chosen = siblings.some((one) => textAt(one.fields, 'failurePolicy') === 'Fail') ? 'Fail' : 'Ignore';
  const wanted = expected.failurePolicy ?? chosen;
  if (policy !== wanted) {
    const evidence =
      policy === 'Fail'
        ? 'has failurePolicy Fail: an outage holds up what never has to wait'
        : 'has failurePolicy Ignore, and its sibling Fail: an outage lets through what it decides about';
    found.push({
      id: 'failure-policy',
      severity: expected.decides ? 'error' : 'warning',
      webhook,
      evidence,
      field: 'failurePolicy',
      value: wanted,
    });
  }
  if (seconds > longTimeout) {
    found.push({
      id: 'webhook-timeout',
      severity: 'warning',
      webhook,
      evidence: `may hold a request up for ${seconds} s`,
      field: 'timeoutSeconds',
      value: expected.timeoutSeconds,
    });
  }
  return found;
}

/** What the chart says of every webhook alike. */
function constants(webhook: LiveWebhook): Drift[] {
  const { expected, fields } = webhook;
  const wanted: Readonly<Record<string, unknown>> = {
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...(expected.kind === 'mutating' ? { reinvocationPolicy: 'IfNeeded' } : {}),
  };
  return Object.entries(wanted).flatMap(([field, value]): Drift[] => {
    if (isDeepStrictEqual(fields[field], value)) return [];
    const isHole = field === 'matchPolicy' && expected.decides;
    return [
      {
        id: isHole ? 'webhook-match-policy' : 'webhook-edited',
        severity: isHole ? 'error' : 'warning',
        webhook,
        evidence: `has ${field} ${JSON.stringify(fields[field] ?? null)}, not ${JSON.stringify(value)}`,
        field,
        value,
      },
    ];
  });
}
