import { mapAt, objectsAt, textAt, textsAt, valueAt } from '../kubernetes/fields.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { compileGlob } from '../matching/glob.ts';

/** Where a rule of Kyverno's applies, as far as its text says so. */
export interface Scope {
  /** Whether it is about pods at all. */
  readonly onPods: boolean;
  /** The kinds or resources that it names. */
  readonly kinds: readonly string[];
  /** Names and globs of namespaces; undefined: any. */
  readonly namespaces: readonly string[] | undefined;
  readonly excludedNamespaces: readonly string[];
  /** Whether namespaces are chosen by their labels as well. */
  readonly selectsNamespaces: boolean;
  /** What a pod must be for the rule to apply. */
  readonly place: Place;
  /** What narrows the rule and cannot be said in a configuration. */
  readonly narrowedBy: readonly string[];
}

/** A place that a pod is put into, so that a rule applies to it. */
export interface Place {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** A glob of names; empty: any name. */
  readonly name: string;
}

/** Namespaces that cases are put into where a rule says nothing of them; the first that it does not exclude. */
export const ordinaryNamespaces = ['jobs', 'apps', 'work', 'pratique-case'];

/** Reads the scope of a rule of ClusterPolicy or Policy; `own` is the namespace of a Policy, else empty. */
export function scopeOfRule(rule: Fields, own: string): Scope {
  const filters = filtersOf(rule['match']);
  const excluded = filtersOf(rule['exclude']).flatMap(namespacesOf);
  const kinds = [...new Set(filters.flatMap((filter) => textsAt(filter, 'resources', 'kinds')))];
  const onPods = filters.filter((filter) => textsAt(filter, 'resources', 'kinds').some(isPodKind));
  const [chosen = {}] = isObject(rule['match']) && Array.isArray(rule['match']['all']) ? [merged(filters)] : onPods;
  const namespaces = own === '' ? namespacesOfAll(onPods) : [own];
  const { namespaceSelector, selector } = resourcesOf(chosen);
  return {
    onPods: onPods.length > 0,
    kinds,
    namespaces,
    excludedNamespaces: excluded,
    selectsNamespaces: namespaceSelector !== undefined,
    place: {
      namespace: namespaceFor(namespaces, excluded),
      namespaceLabels: labelsFor(namespaceSelector),
      labels: labelsFor(selector),
      annotations: filled(mapAt(chosen, 'resources', 'annotations')),
      name: textAt(chosen, 'resources', 'name') || (textsAt(chosen, 'resources', 'names')[0] ?? ''),
    },
    narrowedBy: [...narrowings(filters, 'only'), ...narrowings(filtersOf(rule['exclude']), 'not')],
  };
}

/** Reads the scope of a policy of policies.kyverno.io; `own` is the namespace of a namespaced one, else empty. */
export function scopeOfPolicy(spec: Fields, own: string): Scope {
  const rules = objectsAt(spec, 'matchConstraints', 'resourceRules');
  const kinds = [...new Set(rules.flatMap((rule) => textsAt(rule, 'resources')))];
  const selector = valueAt(spec, 'matchConstraints', 'namespaceSelector');
  const named = namedBySelector(selector);
  const namespaces = own === '' ? named.only : [own];
  return {
    onPods: kinds.some((kind) => kind === 'pods' || kind === '*'),
    kinds,
    namespaces,
    excludedNamespaces: named.not,
    selectsNamespaces: named.other,
    place: {
      namespace: namespaceFor(namespaces, named.not),
      namespaceLabels: labelsFor(selector),
      labels: labelsFor(valueAt(spec, 'matchConstraints', 'objectSelector')),
      annotations: {},
      name: rules.flatMap((rule) => textsAt(rule, 'resourceNames'))[0] ?? '',
    },
    narrowedBy: objectsAt(spec, 'matchConditions').map((one) => `only where ${textAt(one, 'expression').trim()}`),
  };
}

/** The namespaces that a list of filters names; undefined when one of them names none. */
export function namespacesOfAll(filters: readonly Fields[]): readonly string[] | undefined {
  const lists = filters.map(namespacesOf);
  return lists.length === 0 || lists.some((list) => list.length === 0) ? undefined : [...new Set(lists.flat())];
}

/** The filters of a match or an exclude: of `any`, of `all`, or the one that both may still be. */
export function filtersOf(match: unknown): readonly Fields[] {
  if (!isObject(match)) return [];
  const listed = [...objectsAt(match, 'any'), ...objectsAt(match, 'all')];
  return listed.length > 0 || !isObject(match['resources']) ? listed : [match];
}

/** The name that every namespace has as a label: kubernetes.io/metadata.name, since 1.21. */
const nameLabel = 'kubernetes.io/metadata.name';

interface NamedNamespaces {
  readonly only: readonly string[] | undefined;
  readonly not: readonly string[];
  /** Whether other labels choose too. */
  readonly other: boolean;
}

function namedBySelector(selector: unknown): NamedNamespaces {
  const expressions = objectsAt(selector, 'matchExpressions');
  const byName = expressions.filter((one) => textAt(one, 'key') === nameLabel);
  const listed = (operator: string) => byName.filter((one) => textAt(one, 'operator') === operator);
  const literal = mapAt(selector, 'matchLabels')[nameLabel];
  const only = [...(literal === undefined ? [] : [literal]), ...listed('In').flatMap((one) => textsAt(one, 'values'))];
  const labels = Object.keys(mapAt(selector, 'matchLabels')).filter((key) => key !== nameLabel);
  return {
    only: only.length === 0 ? undefined : only,
    not: listed('NotIn').flatMap((one) => textsAt(one, 'values')),
    other: labels.length > 0 || expressions.length > byName.length,
  };
}

function resourcesOf(filter: Fields): Fields {
  const resources = filter['resources'];
  return isObject(resources) ? resources : {};
}

function namespacesOf(filter: Fields): readonly string[] {
  return textsAt(filter, 'resources', 'namespaces');
}

function merged(filters: readonly Fields[]): Fields {
  return { resources: Object.assign({}, ...filters.map(resourcesOf)) as Fields };
}

/** `Pod`, `v1/Pod`, `*`, `*\/Pod`; a subresource is none. */
function isPodKind(kind: string): boolean {
  const last = kind.split('/').at(-1) ?? '';
  return compileGlob(last.replaceAll('?', '*'))('Pod');
}

function namespaceFor(namespaces: readonly string[] | undefined, excluded: readonly string[]): string {
  const literal = namespaces?.find((pattern) => !/[*?]/.test(pattern)) ?? namespaces?.[0];
  if (literal !== undefined) return literal.replaceAll(/[*?]+/g, 'x');
  const isExcluded = (name: string) => excluded.some((pattern) => compileGlob(pattern.replaceAll('?', '*'))(name));
  return ordinaryNamespaces.find((name) => !isExcluded(name)) ?? 'jobs';
}

/** Labels that a selector chooses. */
function labelsFor(selector: unknown): Readonly<Record<string, string>> {
  const labels = { ...mapAt(selector, 'matchLabels') };
  for (const one of objectsAt(selector, 'matchExpressions')) {
    const [value = 'x'] = textsAt(one, 'values');
    if (['In', 'Exists'].includes(textAt(one, 'operator'))) labels[textAt(one, 'key')] = value;
  }
  return filled(labels);
}

/** Kyverno takes wildcards in labels and annotations; any value fits them. */
function filled(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const plain = (text: string) => text.replaceAll(/[*?]+/g, 'x');
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [plain(key), plain(value)]));
}

const people = ['subjects', 'roles', 'clusterRoles'] as const;

function narrowings(filters: readonly Fields[], word: 'only' | 'not'): readonly string[] {
  const found = new Set<string>();
  for (const filter of filters) {
    if (people.some((key) => filter[key] !== undefined)) found.add(`${word} for requests of certain users or roles`);
    const { names, name, operations, selector, annotations } = resourcesOf(filter);
    if (names !== undefined || name !== undefined) found.add(`${word} for certain names`);
    if (operations !== undefined) found.add(`${word} on ${textsAt(filter, 'resources', 'operations').join(', ')}`);
    if (selector !== undefined) found.add(`${word} with labels that the pod's author chooses`);
    if (annotations !== undefined) found.add(`${word} with annotations that the pod's author chooses`);
    if (word === 'not' && resourcesOf(filter)['namespaceSelector'] !== undefined) {
      found.add('not in namespaces with certain labels');
    }
  }
  return [...found];
}
