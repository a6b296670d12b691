import { type Fields, isObject } from '../kubernetes/shape.ts';

/** Names one object of a cluster. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for an object that is in none. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Names an object of a list, whose items do not say of what kind they are. */
export function referenceOf(object: Fields, apiVersion: string, kind: string): Reference {
  const metadata = fieldsOf(object, 'metadata');
  return {
    apiVersion,
    kind,
    namespace: textOf(metadata['namespace']),
    name: textOf(metadata['name']),
    uid: textOf(metadata['uid']),
  };
}

/** The object that controls another, which is in the same namespace; undefined where there is none. */
export function controllerOf(object: Fields): Reference | undefined {
  const metadata = fieldsOf(object, 'metadata');
  const owners: unknown = metadata['ownerReferences'];
  if (!Array.isArray(owners)) return undefined;
  const owner: unknown = owners.find((one: unknown) => isObject(one) && one['controller'] === true);
  if (!isObject(owner)) return undefined;
  return {
    apiVersion: textOf(owner['apiVersion']),
    kind: textOf(owner['kind']),
    namespace: textOf(metadata['namespace']),
    name: textOf(owner['name']),
    uid: textOf(owner['uid']),
  };
}

/** A field that holds an object, or an empty one. */
export function fieldsOf(object: Fields, key: string): Fields {
  const value = object[key];
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
