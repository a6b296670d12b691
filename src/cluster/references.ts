import { nameOf, namespaceOf, objectsAt, textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';

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
  return {
    apiVersion,
    kind,
    namespace: namespaceOf(object),
    name: nameOf(object),
    uid: textAt(object, 'metadata', 'uid'),
  };
}

/** The object that controls another, which is in the same namespace; undefined where there is none. */
export function controllerOf(object: Fields): Reference | undefined {
  const owner = objectsAt(object, 'metadata', 'ownerReferences').find((one) => one['controller'] === true);
  if (owner === undefined) return undefined;
  return {
    apiVersion: textAt(owner, 'apiVersion'),
    kind: textAt(owner, 'kind'),
    namespace: namespaceOf(object),
    name: textAt(owner, 'name'),
    uid: textAt(owner, 'uid'),
  };
}
