import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** A lower row may import a higher one, never the reverse; folders on one row never import each other. */
const rows: readonly (readonly string[])[] = [
  ['kubernetes', 'matching'],
  ['facts'],
  ['checks', 'mutations'],
  ['config'],
  ['admission'],
  ['record', 'output', 'safety-net'],
  ['manifests', 'cluster', 'generate'],
  ['tls', 'journal'],
  ['server', 'doctor', 'migrate'],
  ['commands'],
  ['main.ts'],
];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
);

test('every folder of src has its row', () => {
  const placed = new Set(rows.flat());
  expect(files.map(folderOf).filter((folder) => !placed.has(folder))).toEqual([]);
});

test('CONTRIBUTING tells of the same rows', () => {
  const page = readFileSync(join(source, '../CONTRIBUTING.md'), 'utf8');
  const [, table = ''] = /^\| row \| what \|\n\| --- \| --- \|\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const told = table.trimEnd().split('\n');
  const namesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  expect(told.map((row) => namesIn(row.split('|')[1] ?? ''))).toEqual(rows);
});

test('imports point from a lower row to a higher one', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !mayImport(folderOf(file), folderOf(imported)))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(files.length).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
});

test('what judges is pure: no files, no network, no environment, no log', () => {
  const pure = new Set(['kubernetes', 'matching', 'facts', 'checks', 'mutations', 'admission', 'output']);
  const impure = files
    .filter((file) => pure.has(folderOf(file)))
    .flatMap((file) => packagesOf(file).map((name) => `${file} imports ${name}`))
    .filter(
      (line) =>
        !/ imports (node:util|node:crypto|fast-json-patch|fast-xml-builder|sarif|@kubernetes\/client-node)$/.test(line),
    );
  expect(impure).toEqual([]);
});

function mayImport(from: string, to: string): boolean {
  return from === to || rowOf(to) < rowOf(from);
}

function rowOf(folder: string): number {
  return rows.findIndex((row) => row.includes(folder));
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

function importsOf(file: string): readonly string[] {
  return specifiersOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(source, join(source, dirname(file), specifier)))
    .filter((imported) => !imported.startsWith('..'));
}

function packagesOf(file: string): readonly string[] {
  return specifiersOf(file).filter((specifier) => !specifier.startsWith('.'));
}

function specifiersOf(file: string): readonly string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gms)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}
