import { type Fields, isObject } from '../kubernetes/shape.ts';

/** Keys of a rule, or of an entry of its context, under which stands what only a cluster or the network knows. */
const outside: Readonly<Record<string, string>> = {
  generate: 'it makes other objects',
  verifyImages: 'it verifies signatures of images, which needs the registry',
  manifests: 'it verifies the signature of the manifest',
  targets: 'it changes objects that are there already',
  targetMatchConstraints: 'it changes objects that are there already',
  apiCall: 'it asks an API while it decides, and nothing is asked from here',
  globalReference: 'it reads a GlobalContextEntry, which is filled from the cluster',
  imageRegistry: 'it asks the registry of an image while it decides',
  configMap: 'it reads a ConfigMap while it decides',
  paramKind: 'it reads a parameter object from the cluster',
};

/**
 * Says why a rule is not to be given to Kyverno's CLI: what it says depends on more than the object, or would have the
 * CLI send something to somebody, whom the author of the policy chose. Undefined when there is no reason.
 */
export function obstacleOf(rule: Fields): string | undefined {
  return keyObstacle(rule, 0) ?? textObstacle(rule, 0);
}

/** `configMap` and `manifests` are fields of pods as well: what a pattern or an overlay says is about the object. */
const aboutObjects: ReadonlySet<string> = new Set([
  'pattern',
  'anyPattern',
  'patchStrategicMerge',
  'patchesJson6902',
  'match',
  'exclude',
  'message',
]);

const deepest = 64;

function keyObstacle(value: unknown, depth: number): string | undefined {
  if (depth > deepest) return 'it is nested too deeply to be read';
  if (Array.isArray(value)) return firstOf(value, (one) => keyObstacle(one, depth + 1));
  if (!isObject(value)) return undefined;
  return firstOf(Object.entries(value), ([key, one]) => {
    if (aboutObjects.has(key)) return undefined;
    return (Object.hasOwn(outside, key) ? outside[key] : undefined) ?? keyObstacle(one, depth + 1);
  });
}

/** Kyverno's libraries for CEL are the only ones whose functions begin with a capital: http.Get, resource.List, … */
const libraryCall = /\.[A-Z]\w{0,63}\(/;

function textObstacle(value: unknown, depth: number): string | undefined {
  if (depth > deepest) return undefined;
  if (Array.isArray(value)) return firstOf(value, (one) => textObstacle(one, depth + 1));
  if (!isObject(value)) return undefined;
  return firstOf(Object.entries(value), ([key, one]) => {
    if (typeof one !== 'string') return textObstacle(one, depth + 1);
    if (!/^(?:expression|messageExpression|valueExpression)$/.test(key)) return undefined;
    if (libraryCall.test(one.replaceAll(/\s/g, '')))
      return "it calls a library of Kyverno's that looks beyond the object";
    // A comment could stand between a library and its function.
    return one.includes('//') ? 'its CEL holds a comment or an address, which could hide a call' : undefined;
  });
}

function firstOf<T>(list: readonly T[], find: (one: T) => string | undefined): string | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
