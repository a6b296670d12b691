import type { core } from 'zod';
import { actions } from './check-schema.ts';
import { type Complaint, type DocumentPath, didYouMean, quoted } from './problem.ts';
import { type Documents, schemas } from './schema.ts';

/** A document without its malformed parts, and what is wrong with those. */
export interface Structure<T> {
  /** What has the right form: a malformed entry of a list is undefined, other malformed parts are gone. */
  readonly sound: T;
  readonly complaints: readonly Complaint[];
}

type Kind = keyof Documents;
type DocumentOf<K extends Kind> = Documents[K];

/**
 * Holds a document against the form of its kind.
 *
 * All that is malformed is told at once, and what is not malformed is handed on, so that it can be judged as well.
 */
export function structureOf<K extends Kind>(value: unknown, kind: K): Structure<DocumentOf<K>> {
  const schema = schemas()[kind];
  // The package's own messages look at `constructor`, which may be a key of the user's.
  const result = schema.safeParse(value, { error: () => 'is not what belongs here' });
  if (result.success) return { sound: value as DocumentOf<K>, complaints: [] };
  const context: Context = { root: value, schema };
  const complaints = deepest(result.error.issues.flatMap((issue) => complaintsOf(issue, [], context)));
  return { sound: withoutMalformed(value, complaints) as DocumentOf<K>, complaints };
}

interface Context {
  readonly root: unknown;
  readonly schema: core.$ZodType;
}

/** Leaves out what is said of a whole, such as that it is empty, when something in it is wrong. */
function deepest(complaints: readonly Complaint[]): readonly Complaint[] {
  const parents = new Set<string>();
  for (const { path } of complaints) {
    for (let length = 0; length < path.length; length++) parents.add(JSON.stringify(path.slice(0, length)));
  }
  return complaints.filter(({ path }) => !parents.has(JSON.stringify(path)));
}

function complaintsOf(issue: core.$ZodIssue, above: DocumentPath, context: Context): readonly Complaint[] {
  const path = [...above, ...(issue.path as DocumentPath)];
  const value = valueAt(context.root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, context));
    case 'invalid_union':
      return ofUnion(issue, path, value, context);
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({
        path,
        message: `the key ${quoted(String(path.at(-1)))} ${message}`,
      }));
    case 'invalid_type':
      return [wrongType(path, value, expectedType(issue.expected))];
    case 'invalid_value':
      return [wrongValue(path, value, issue.values)];
    default:
      return [{ path, message: typeof value === 'string' ? `${quoted(value)} ${issue.message}` : issue.message }];
  }
}

/** Of the alternatives, complains about the one that has the value's type. */
function ofUnion(
  issue: core.$ZodIssueInvalidUnion,
  path: DocumentPath,
  value: unknown,
  context: Context,
): readonly Complaint[] {
  const alternatives = issue.errors ?? [];
  const meant = alternatives.find((issues) => !issues.some(isOfWrongType));
  if (meant !== undefined) return meant.flatMap((nested) => complaintsOf(nested, path, context));
  const roots = alternatives.flatMap((issues) => issues.filter(isOfWrongType));
  const values = roots.flatMap((root) => (root.code === 'invalid_value' ? [...root.values] : []));
  const types = roots.flatMap((root) => (root.code === 'invalid_type' ? [expectedType(root.expected)] : []));
  return [wrongValue(path, value, values, types)];
}

function isOfWrongType(issue: core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function unknownKey(key: string, path: DocumentPath, context: Context): Complaint {
  const known = keysAt(context.schema, path);
  const isCheck = path.at(-1) === 'checks' || path.at(-1) === 'allow';
  const message = isCheck ? `${quoted(key)} is no check` : 'is no known key';
  const choices = known.length > 0 && known.length <= 12 ? `Known here: ${known.join(', ')}.` : undefined;
  return { path: [...path, key], message, suggestion: didYouMean(key, known) ?? choices };
}

function wrongType(path: DocumentPath, value: unknown, expected: string): Complaint {
  if (value === undefined) return { path, message: `is missing: ${expected} is required` };
  const message = `is ${described(value)}, and must be ${expected}`;
  if (value === null) return { path, message, suggestion: 'Remove the key, or give it a value.' };
  if (expected !== 'a string' || typeof value === 'object') return { path, message };
  const asRead =
    typeof value === 'boolean' ? 'on, off, yes, no, y and n are booleans in YAML 1.1' : 'without them it is a number';
  return { path, message, suggestion: `Put it in quotes, as in ${JSON.stringify(String(value))}: ${asRead}.` };
}

function wrongValue(
  path: DocumentPath,
  value: unknown,
  values: readonly unknown[],
  types: readonly string[] = [],
): Complaint {
  const words = values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  const expected = [...words, ...types].join(', ');
  if (value === undefined) return { path, message: `is missing: ${expected} is required` };
  const isAction = actions.every((action) => words.includes(action));
  if (isAction && (value === false || (typeof value === 'string' && value.toLowerCase() === 'off'))) {
    const message = 'is no action: YAML 1.1, which Helm values are, reads `off` and `no` as false';
    return { path, message, suggestion: 'Write `ignore`.' };
  }
  const suggestion = typeof value === 'string' ? didYouMean(value, words) : undefined;
  return {
    path,
    message: `is ${described(value)}, and must be ${words.length + types.length > 1 ? 'one of ' : ''}${expected}`,
    suggestion,
  };
}

function expectedType(type: string): string {
  const names: Readonly<Record<string, string>> = {
    array: 'a list',
    record: 'an object',
    object: 'an object',
    int: 'a whole number',
  };
  return names[type] ?? `a ${type}`;
}

function described(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string'
    ? quoted(value)
    : `${typeof value === 'boolean' ? '' : 'the number '}${String(value)}`;
}

/** The keys that the schema knows at a path, through every alternative. */
function keysAt(schema: core.$ZodType, path: DocumentPath): readonly string[] {
  let at = alternativesOf(schema);
  for (const segment of path) at = at.flatMap((one) => childOf(one, segment)).flatMap(alternativesOf);
  return [...new Set(at.flatMap(({ def }) => (def.type === 'object' ? Object.keys(def.shape) : [])))];
}

/** What is looked at in a schema's definition; the package's own union of all of them costs the compiler seconds. */
type Definition =
  | { readonly type: 'optional'; readonly innerType: core.$ZodType }
  | { readonly type: 'union'; readonly options: readonly core.$ZodType[] }
  | { readonly type: 'array'; readonly element: core.$ZodType }
  | { readonly type: 'record'; readonly valueType: core.$ZodType }
  | { readonly type: 'object'; readonly shape: Readonly<Record<string, core.$ZodType>> };

type Internals = { readonly def: Definition };

function alternativesOf(schema: core.$ZodType): readonly Internals[] {
  const def = schema._zod.def as unknown as Definition;
  if (def.type === 'optional') return alternativesOf(def.innerType);
  if (def.type === 'union') return def.options.flatMap(alternativesOf);
  return [{ def }];
}

function childOf({ def }: Internals, segment: string | number): readonly core.$ZodType[] {
  if (def.type === 'array') return [def.element];
  if (def.type === 'record') return [def.valueType];
  if (def.type !== 'object' || !Object.hasOwn(def.shape, segment)) return [];
  const child = def.shape[String(segment)];
  return child === undefined ? [] : [child];
}

function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/**
 * Copies the top two levels and leaves out what is complained of there: a section, or one entry of it.
 *
 * A malformed entry of a list leaves a hole, so that the others keep their index.
 */
function withoutMalformed(value: unknown, complaints: readonly Complaint[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return Object.create(null);
  const sound: Record<string, unknown> = Object.assign(Object.create(null), value);
  const copied = new Set<string>();
  for (const { path } of complaints) {
    const [section, entry] = path;
    if (typeof section !== 'string') continue;
    const content = sound[section];
    if (entry === undefined || typeof content !== 'object' || content === null) {
      delete sound[section];
      continue;
    }
    if (!copied.has(section))
      sound[section] = Array.isArray(content) ? [...content] : Object.assign(Object.create(null), content);
    copied.add(section);
    const copy = sound[section] as Record<string | number, unknown>;
    if (Array.isArray(copy)) copy[Number(entry)] = undefined;
    else delete copy[entry];
  }
  return sound;
}
