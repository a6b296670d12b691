import { isDeepStrictEqual } from 'node:util';
import { type Fields, isObject } from '../kubernetes/shape.ts';

/** Values that are longer are not shown. */
const shortest = 60;

/**
 * Says where an object of the API server differs from the one that it should have been given, a line each. The API server
 * fills in empty selectors and leaves empty lists out, so that what is empty is as good as what is missing; lists of texts
 * are sets, and lists of objects with names (or keys) maps, as in all of admissionregistration.k8s.io.
 */
export function differencesOf(live: unknown, expected: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(live, expected) || (isEmpty(live) && isEmpty(expected))) return [];
  if (isMap(live) && isMap(expected)) {
    const [one, other] = [live ?? {}, expected ?? {}];
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => differencesOf(one[key], other[key], `${path}.${key}`));
  }
  if (isList(live, isText) && isList(expected, isText)) return setDifferences(live ?? [], expected ?? [], path);
  if (isList(live, isNamed) && isList(expected, isNamed)) return listDifferences(live ?? [], expected ?? [], path);
  const [is, should] = [live, expected].map((value) => JSON.stringify(value ?? null));
  if (is !== undefined && should !== undefined && is.length <= shortest && should.length <= shortest) {
    return [`${path} is ${is}, not ${should}`];
  }
  return [`${path} is another than is generated`];
}

function setDifferences(live: readonly string[], expected: readonly string[], path: string): readonly string[] {
  const more = live.filter((one) => !expected.includes(one));
  const less = expected.filter((one) => !live.includes(one));
  return [
    ...(more.length === 0 ? [] : [`${path} has ${more.join(', ')} as well`]),
    ...(less.length === 0 ? [] : [`${path} lacks ${less.join(', ')}`]),
  ];
}

function listDifferences(live: readonly Fields[], expected: readonly Fields[], path: string): readonly string[] {
  const ours = new Map(expected.map((one) => [nameIn(one), one]));
  const theirs = new Map(live.map((one) => [nameIn(one), one]));
  const strange = [...theirs.keys()].filter((name) => !ours.has(name));
  return [
    ...(strange.length === 0 ? [] : [`${path} has ${strange.join(', ')} as well`]),
    ...[...ours].flatMap(([name, one]) => {
      const found = theirs.get(name);
      return found === undefined ? [`${path} lacks ${name}`] : differencesOf(found, one, `${path}[${name}]`);
    }),
  ];
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function isMap(value: unknown): value is Fields | undefined {
  return value === undefined || isObject(value);
}

function isList<T>(value: unknown, isOne: (one: unknown) => one is T): value is readonly T[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every(isOne));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNamed(value: unknown): value is Fields {
  return isObject(value) && nameIn(value) !== '';
}

function nameIn(one: Fields): string {
  const name = one['name'] ?? one['key'];
  return typeof name === 'string' ? name : '';
}
