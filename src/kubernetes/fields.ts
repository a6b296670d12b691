import { type Fields, isObject } from './shape.ts';

/** A field at a path of keys, or undefined where there is none. */
export function valueAt(object: unknown, ...path: readonly string[]): unknown {
  let value = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value;
}

/** An object at a path of keys; an empty one where there is none. */
export function objectAt(object: unknown, ...path: readonly string[]): Fields {
  const value = valueAt(object, ...path);
  return isObject(value) ? value : {};
}

/** A text at a path of keys; empty where there is none. */
export function textAt(object: unknown, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** A number at a path of keys; 0 where there is none. */
export function numberAt(object: unknown, ...path: readonly string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** The objects of a list at a path of keys. */
export function objectsAt(object: unknown, ...path: readonly string[]): readonly Fields[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}

/** The texts of a list at a path of keys. */
export function textsAt(object: unknown, ...path: readonly string[]): readonly string[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? (value as readonly unknown[]).filter((one) => typeof one === 'string') : [];
}

/** The texts of a map at a path of keys. */
export function mapAt(object: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const value = valueAt(object, ...path);
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string'));
}

/** The name of an object. */
export function nameOf(object: Fields): string {
  return textAt(object, 'metadata', 'name');
}

/** The namespace of an object; empty where it is in none. */
export function namespaceOf(object: Fields): string {
  return textAt(object, 'metadata', 'namespace');
}

/** The object of that name. */
export function named(objects: readonly Fields[], name: string): Fields | undefined {
  return objects.find((one) => nameOf(one) === name);
}

/** The labels of an object. */
export function labelsOfObject(object: Fields): Readonly<Record<string, string>> {
  return mapAt(object, 'metadata', 'labels');
}
