import { checks } from '../checks/registry.ts';
import { isObject } from '../kubernetes/shape.ts';
import type { Rule } from './rules.ts';

/** Names of fields that stand in every pod, and so tell nothing about what a rule is about. */
const ordinary: ReadonlySet<string> = new Set([
  'spec',
  'metadata',
  'containers',
  'initContainers',
  'ephemeralContainers',
  'volumes',
]);

/** The last names of the fields that each check restricts, e.g. `privileged`, `hostPath`. */
const fieldsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  checks.map(({ id, restricts }) => {
    const fields = restricts.filter(({ kind }) => kind === undefined).flatMap((one) => one.fields);
    return [id, new Set(fields.map(lastName).filter((name) => !ordinary.has(name)))];
  }),
);

/**
 * The checks that restrict a field which the text of a rule names. It says what a rule may be about and nothing of what it
 * does: without Kyverno's CLI there is no more to be known.
 */
export function checksByFields({ body }: Pick<Rule, 'body'>): readonly string[] {
  const words = new Set<string>();
  collect(body, words, 0);
  return checks.map(({ id }) => id).filter((id) => [...(fieldsOf.get(id) ?? [])].some((name) => words.has(name)));
}

/** `spec.containers[*].securityContext.{a,b}` restricts what ends with `a` or `b`. */
function lastName(field: string): string {
  const path = field
    .replaceAll(/\[[^\]]*\]|\.\.\./g, '')
    .split('.')
    .filter((name) => name !== '');
  const name = path.at(-1) ?? '';
  return name === 'path' || name === 'type' || name === 'name' ? (path.at(-2) ?? name) : name;
}

/** Keys of patterns, without their anchors, and the words of expressions. */
function collect(value: unknown, words: Set<string>, depth: number): void {
  if (depth > 64) return;
  if (typeof value === 'string') {
    for (const word of value.split(/[^A-Za-z]+/)) if (word !== '') words.add(word);
  } else if (Array.isArray(value)) {
    for (const one of value) collect(one, words, depth + 1);
  } else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) {
      if (key === 'message') continue;
      for (const word of key.split(/[^A-Za-z]+/)) if (word !== '') words.add(word);
      collect(one, words, depth + 1);
    }
  }
}
