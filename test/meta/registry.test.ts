import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkById, checks } from '../../src/checks/registry.ts';
import { mutations } from '../../src/mutations/registry.ts';
import { readCases } from '../harness/cases.ts';

const folder = new URL('../../src/checks/', import.meta.url);
const ids = checks.map(({ id }) => id);

test('ids are unique, in kebab-case, and sorted, so that messages keep their order', () => {
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
});

test('every cases file has its check', () => {
  const files = readdirSync(fileURLToPath(folder)).filter((file) => file.endsWith('.cases.yaml'));
  expect(files.map((file) => file.replace('.cases.yaml', '')).sort()).toEqual(ids);
});

test('every mutation has a twin that proves it', () => {
  expect(mutations.map(({ twin }) => checkById(twin)?.id)).toEqual(mutations.map(({ twin }) => twin));
});

describe.each(checks.map((check) => ({ id: check.id, check })))('$id', ({ id, check }) => {
  test('is in the file of its name', () => {
    expect(existsSync(new URL(`${id}.ts`, folder))).toBe(true);
  });

  test('says what is wrong, why, and what to do instead', () => {
    expect(check.title.length).toBeLessThanOrEqual(60);
    expect(check.why).toMatch(/\.$/);
    for (const remedy of [check.remedy, check.gitlab ?? check.remedy]) {
      expect(remedy).toMatch(/^[A-Z].*\.$/s);
      expect(remedy.length).toBeLessThanOrEqual(400);
    }
    for (const parameter of [...Object.values(check.site), ...Object.values(check.allow)]) {
      expect(parameter.description).toMatch(/\.$/);
    }
  });

  test('has cases on both sides, each with a name of its own', () => {
    const { found, clean } = readCases(folder, id);
    expect(found.length).toBeGreaterThan(0);
    expect(clean.length).toBeGreaterThan(0);
    const names = [...found, ...clean].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
