import { hash } from 'node:crypto';

/**
 * The SHA-256 of a configuration's document as Helm has its values: without apiVersion and kind, as JSON with sorted keys
 * in the way of Go's encoding/json. The chart computes the same with `toJson` and `sha256sum`.
 */
export function documentHash(document: unknown): string {
  const { apiVersion: _, kind: __, ...rest } = (document ?? {}) as Readonly<Record<string, unknown>>;
  // A date without quotes is its first moment to some readers of YAML.
  return hash('sha256', goJson(rest).replace(/T00:00:00(?:\.000)?Z/g, ''));
}

function goJson(value: unknown): string {
  return JSON.stringify(sortedKeys(value)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A null counts as nothing: Helm takes it out of the values. */
function sortedKeys(value: unknown): unknown {
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sortedKeys(one)]),
  );
}
