import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { answerReview } from '../../src/admission/answer.ts';
import { wholeDocument } from '../../src/config/effective.ts';
import { configurationJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { readReview } from '../../src/kubernetes/review.ts';
import { podReview, type ReviewRequest } from '../harness/review.ts';

// A configuration that was written for one minor version has to load in the next ones, and to mean the same. For each
// there is a file with every key that the version knew, and what it meant then. Neither is changed after the release.

const folder = new URL('../fixtures/configurations/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const clock = Date.UTC(2026, 10, 22);
const versions = readdirSync(folder)
  .map((name) => /^(\d+\.\d+)\.yaml$/.exec(name)?.[1])
  .filter((version) => version !== undefined);

function loaded(version: string) {
  const result = loadConfiguration(read(`${version}.yaml`), clock);
  if (result.kind === 'invalid') throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result;
}

describe.each(versions)('the configuration of %s', (version) => {
  test('loads, and says what it said', () => {
    // Later versions may add what was not there; nothing that was there may be gone or other.
    const now = JSON.parse(JSON.stringify(wholeDocument(loaded(version).effective)));
    expect(now).toMatchObject(JSON.parse(read(`${version}.effective.json`)));
  });

  test('decides as it did', () => {
    const { configuration } = loaded(version);
    const cases = parse(read(`${version}.decisions.yaml`)) as readonly DecidedCase[];
    expect(cases.length).toBeGreaterThan(10);
    const decided = cases.map(({ name, webhook, request }) => {
      const review = readReview(podReview(request));
      if (review.kind === 'no-uid') throw new Error(`${name} has no uid`);
      const { decision, exemption, profile, mode, response } = answerReview(review, webhook, configuration, clock);
      return { name, decision, exemption: exemption ?? null, profile, mode, code: response.status?.code ?? null };
    });
    expect(decided).toEqual(cases.map(({ name, decides }) => ({ name, ...decides })));
  });
});

interface DecidedCase {
  readonly name: string;
  readonly webhook: 'validate' | 'mutate';
  readonly request: ReviewRequest;
  readonly decides: object;
}

test('the version that is being made has its file, with every key that it knows', () => {
  const { version } = parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const minor = version.split('.').slice(0, 2).join('.');
  expect(versions).toContain(minor);
  const used = keysOf(parse(read(`${minor}.yaml`)));
  const known = keysIn(configurationJsonSchema());
  expect(known.size).toBeGreaterThan(300);
  expect([...known].filter((key) => !used.has(key))).toEqual([]);
});

type Node = Readonly<Record<string, unknown>>;

/** Every key that a schema tells of, by its path; `*` stands for a name that is the author's. */
function keysIn(schema: Node): ReadonlySet<string> {
  const keys = new Set<string>();
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { $ref, anyOf, oneOf, properties, additionalProperties, items } = node as Node;
    if (typeof $ref === 'string') walk(definition(schema, $ref), path);
    for (const one of [anyOf, oneOf].flat()) walk(one, path);
    walk(additionalProperties, `${path}.*`);
    walk(items, path);
    for (const [key, value] of Object.entries(properties ?? {})) {
      keys.add(`${path}.${key}`);
      walk(value, `${path}.${key}`);
    }
  };
  walk(schema, '');
  return keys;
}

function definition(schema: Node, ref: string): unknown {
  const [, ...path] = ref.split('/');
  return path.reduce<unknown>((node, key) => (node as Node)[key], schema);
}

/** Every key that a document has, by its path; each also with `*` in place of any of its parts' names. */
function keysOf(document: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const walk = (node: unknown, paths: readonly string[]): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const one of node) walk(one, paths);
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      const named = paths.flatMap((path) => [`${path}.${key}`, ...(path === '.profiles' ? [`${path}.*`] : [])]);
      for (const path of named) keys.add(path);
      walk(value, named);
    }
  };
  walk(document, ['']);
  return keys;
}
