import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { spread, type WrittenCase, type WrittenInstead } from '../checks/case.ts';

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

function requireKeys(id: string, value: object, keys: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new Error(`${id}.cases.yaml: unknown key ${JSON.stringify(key)}`);
  }
}
