import { mapAt, objectsAt, textAt, textsAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';

/** The one label of a namespace that nobody can change. */
const nameLabel = 'kubernetes.io/metadata.name';

/** The namespaces that are left out of what is decided: those that are only recorded, and those not even that. */
export interface Spared {
  readonly observed: readonly string[];
  readonly excluded: readonly string[];
}

/** An expression of a label selector. */
export interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** The selector of the webhooks that decide. */
export function judgedSelector({ observed, excluded }: Spared): unknown {
  return { matchExpressions: [byName('NotIn', [...new Set([...observed, ...excluded])])] };
}

/** The selector of the webhook that records. */
export function observedSelector({ observed, excluded }: Spared): unknown {
  const without = excluded.length === 0 ? [] : [byName('NotIn', excluded)];
  return { matchExpressions: [byName('In', observed), ...without] };
}

/** Everything that a selector asks for, labels that must match among it. */
export function expressionsOf(selector: unknown): readonly Expression[] {
  const labels = Object.entries(mapAt(selector, 'matchLabels'));
  const expressions = objectsAt(selector, 'matchExpressions');
  return [
    ...labels.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...expressions.map((one) => ({
      key: textAt(one, 'key'),
      operator: textAt(one, 'operator'),
      values: textsAt(one, 'values'),
    })),
  ];
}

/** Whether labels match a selector; an empty one matches all (k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go). */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  return expressionsOf(selector).every((one) => matches(one, labels));
}

/** The labels of a namespace, with the one that the API server adds. */
export function labelsOf(namespace: Fields): Readonly<Record<string, string>> {
  return { ...mapAt(namespace, 'metadata', 'labels'), [nameLabel]: textAt(namespace, 'metadata', 'name') };
}

/**
 * The namespaces that are meant to be left out: those that the webhook that records names, since the chart renders both
 * sides of one list. Where it says nothing that can be believed, what all webhooks that decide leave out alike.
 */
export function sparedBy(observe: unknown, judged: readonly unknown[], always: readonly string[]): Spared {
  const expressions = expressionsOf(observe);
  const observed = valuesOf(expressions, 'In');
  if (always.every((name) => observed.includes(name))) return { observed, excluded: valuesOf(expressions, 'NotIn') };
  const lists = judged.map((selector) => valuesOf(expressionsOf(selector), 'NotIn'));
  const common = (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  return { observed: [...new Set([...always, ...common])], excluded: [] };
}

/** Expressions in words: `control-plane NotIn true`. */
export function describe({ key, operator, values }: Expression): string {
  return [key, operator, values.join(', ')].filter((part) => part !== '').join(' ');
}

/** What stands in the expressions about a namespace's name. */
export function valuesOf(expressions: readonly Expression[], operator: 'In' | 'NotIn'): readonly string[] {
  return expressions
    .filter((one) => one.key === nameLabel && one.operator === operator)
    .flatMap(({ values }) => values);
}

function byName(operator: 'In' | 'NotIn', values: readonly string[]): Expression {
  return { key: nameLabel, operator, values };
}

function matches({ key, operator, values }: Expression, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  return operator === 'NotIn' && (value === undefined || !values.includes(value));
}
