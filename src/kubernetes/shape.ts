import { type Pointer, pointerTo } from './pointer.ts';

/** An object has, where a check reads, a type that Kubernetes does not give that field. */
export class UnreadableObjectError extends Error {
  readonly code = 'ERR_UNREADABLE_OBJECT';
  readonly pointer: Pointer;
  readonly problem: string;
  constructor(pointer: Pointer, problem: string) {
    super(`${pointer === '' ? 'the object' : pointer} ${problem}`);
    this.name = 'UnreadableObjectError';
    this.pointer = pointer;
    this.problem = problem;
  }
}

/** An object of which nothing is known but that it is one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Requires what is read of an object's metadata. */
export function requireMetadata(metadata: Fields): void {
  if (!isText(metadata['name'])) wrong('name', 'a string');
  // Who owns an object decides whether break-glass covers it: only that there are owners is read.
  each(metadata['ownerReferences'], 'ownerReferences', isAnything);
  within(metadata['labels'], 'labels', requireStrings);
  within(metadata['annotations'], 'annotations', requireStrings);
}

/** Requires a map of strings. */
export function requireStrings(map: Fields): void {
  for (const key in map) if (!isText(map[key])) wrong(key, 'a string');
}

/** Whether a value is an object, and neither null nor a list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Requires an object, or nothing, and hands it on.
 *
 * Each caller reads the property by a literal key, which the engine looks up many times faster than a variable one.
 */
export function within(value: unknown, key: string, require: (value: Fields) => void): void {
  if (value == null) return;
  if (!isObject(value)) wrong(key, 'an object');
  try {
    require(value);
  } catch (error) {
    throw prefixed(error, pointerTo('', key));
  }
}

/** Requires a list of objects, or nothing, and hands each on. */
export function each(list: unknown, key: string, require: (entry: Fields) => void): void {
  if (list == null) return;
  if (!Array.isArray(list)) wrong(key, 'a list');
  const entries = list as readonly unknown[];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (!isObject(entry)) throw new UnreadableObjectError(pointerTo('', key, index), 'is not an object');
    try {
      require(entry);
    } catch (error) {
      throw prefixed(error, pointerTo('', key, index));
    }
  }
}

/** Requires nothing of an object. */
export function isAnything(): void {}

/** Whether a value is a string, or not there. */
export function isText(value: unknown): boolean {
  return value == null || typeof value === 'string';
}

/** Whether a value is a boolean, or not there. */
export function isFlag(value: unknown): boolean {
  return value == null || typeof value === 'boolean';
}

/** Whether a value is a number, or not there. */
export function isNumber(value: unknown): boolean {
  return value == null || typeof value === 'number';
}

/** Requires a list of numbers, or nothing. */
export function numbers(value: unknown, key: string): void {
  if (value == null) return;
  if (!Array.isArray(value)) wrong(key, 'a list of numbers');
  for (const entry of value as readonly unknown[]) if (typeof entry !== 'number') wrong(key, 'a list of numbers');
}

/** Requires a list of strings, or nothing. */
export function words(value: unknown, key: string): void {
  if (value == null) return;
  if (!Array.isArray(value)) wrong(key, 'a list of strings');
  for (const word of value as readonly unknown[]) if (typeof word !== 'string') wrong(key, 'a list of strings');
}

/** Throws that a field is not of the type that Kubernetes gives it. */
export function wrong(key: string, expected: string): never {
  throw new UnreadableObjectError(pointerTo('', key), `is not ${expected}`);
}

/** The error with its place below a prefix. */
export function prefixed(error: unknown, prefix: Pointer): unknown {
  if (!(error instanceof UnreadableObjectError) || prefix === '') return error;
  return new UnreadableObjectError(`${prefix}${error.pointer}` as Pointer, error.problem);
}
