// The package is CommonJS: a named import passes the compiler and fails on Node.
import jsonpatch, { type Operation } from 'fast-json-patch';
import type { Pod } from '../kubernetes/subject.ts';

/**
 * Derives the JSON patch (RFC 6902) that makes `after` of `before`.
 *
 * Costs as much as what differs: where both share an object, nothing below it is compared.
 */
export function patchBetween(before: Pod, after: Pod): readonly Operation[] {
  return before === after ? [] : jsonpatch.compare(before, after);
}
