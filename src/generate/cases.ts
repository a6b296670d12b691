import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A pod fragment as a cases file writes it, or a whole object of any kind that is judged. */
export interface Fragment {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** In place of metadata and spec. */
  readonly object?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
}

/** What is done instead of a found case. */
export interface WrittenInstead extends Fragment {
  /** The settings of the site, and the allowance, that it needs. */
  readonly site?: Readonly<Record<string, unknown>>;
  readonly allow?: unknown;
}

/** A case as a cases file writes it. */
export interface WrittenCase extends WrittenInstead {
  readonly name: string;
  /** Makes as many cases, each with one of the values. */
  readonly each?: readonly string[];
  /** JSON pointers of the findings. */
  readonly at?: readonly string[];
  /** Their values, in the same order; where it is left out any will do. */
  readonly values?: readonly string[];
  /** Their messages, likewise. */
  readonly says?: readonly string[];
  /** Their places, likewise. */
  readonly places?: readonly Readonly<Record<string, string>>[];
}

/** A cases file: each check has one beside it. */
export interface WrittenCases {
  readonly found: readonly WrittenCase[];
  readonly clean: readonly WrittenCase[];
  readonly allowed: readonly WrittenCase[];
  readonly refused: readonly WrittenCase[];
  readonly instead: {
    /** The name of a found case; of one with `each`, the first that it makes is meant. */
    readonly before: string;
    readonly after: WrittenInstead;
  };
}

/** Reads the cases file of a check; throws when it is missing, or has a key that no case has. */
export function readWrittenCases(folder: URL, id: string): WrittenCases {
  const text = readFileSync(new URL(`${id}.cases.yaml`, folder), 'utf8');
  const file = parse(text, { version: '1.1' }) as Partial<WrittenCases> & Pick<WrittenCases, 'instead'>;
  requireKeys(id, file, ['found', 'clean', 'allowed', 'refused', 'instead']);
  const { found = [], clean = [], allowed = [], refused = [], instead } = file;
  const keys = ['namespace', 'metadata', 'spec', 'object', 'site', 'allow'];
  for (const one of [...found, ...clean, ...allowed, ...refused]) {
    requireKeys(id, one, ['name', 'each', 'at', 'values', 'says', 'places', ...keys]);
    // YAML reads some words as something else.
    if (typeof one.name !== 'string') throw new Error(`${id}.cases.yaml: ${String(one.name)} is no name`);
  }
  requireKeys(id, instead, ['before', 'after']);
  requireKeys(id, instead.after, keys);
  return { found, clean, allowed, refused, instead };
}

/** The found case that `instead.before` names; throws when there is none. */
export function writtenBefore(id: string, { found, instead }: WrittenCases): WrittenCase {
  const named = found.flatMap(spread).find(({ name }) => name === instead.before);
  const first = named ?? found.filter(({ name }) => name === instead.before).flatMap(spread)[0];
  if (first === undefined) throw new Error(`${id}: no found case is named ${JSON.stringify(instead.before)}`);
  return first;
}

/** The cases that one makes, each with a name of its own. */
export function spread({ each, ...written }: WrittenCase): readonly WrittenCase[] {
  if (each === undefined) return [written];
  return each.map((value) => {
    return { ...substituted(written, value), name: `${written.name}: ${JSON.stringify(value)}` };
  });
}

/** Replaces `${each}` by the value, and `${each~1}` by the value as a token of a JSON pointer, in keys as well. */
function substituted<T>(node: T, value: string): T {
  const token = value.replaceAll('~', '~0').replaceAll('/', '~1');
  const filled = (text: string) => text.replaceAll('${each}', () => value).replaceAll('${each~1}', () => token);
  const replaced = (part: unknown): unknown => {
    if (typeof part === 'string') return filled(part);
    if (Array.isArray(part)) return part.map(replaced);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [filled(key), replaced(entry)]));
  };
  return replaced(node) as T;
}

function requireKeys(id: string, value: object, keys: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new Error(`${id}.cases.yaml: unknown key ${JSON.stringify(key)}`);
  }
}
