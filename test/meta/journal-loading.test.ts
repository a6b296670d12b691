import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

test('the webhook never loads a store, a page or a question of the journal, nor what they stand on', () => {
  const loaded = loadedFrom('commands/serve-webhook.ts');
  expect([...loaded]).toContain('journal/ship/shipper.ts');
  const foreign = /^(?:journal\/(?!ship\/)|kysely|pg$|ghtml|d3-shape|node:sqlite)/;
  expect([...loaded].filter((one) => foreign.test(one))).toEqual([]);
});

test('without a journal the webhook does not load what ships to one', () => {
  const loaded = loadedFrom('commands/serve-webhook.ts', false);
  expect([...loaded]).toContain('server/webhook.ts');
  expect([...loaded].filter((one) => one.startsWith('journal/'))).toEqual([]);
});

/** Files of src and packages that a module loads, types left out; with what it may load later unless told. */
function loadedFrom(start: string, later = true): ReadonlySet<string> {
  const loaded = new Set([start]);
  for (const file of loaded) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(source, file), 'utf8');
    for (const specifier of valuesIn(text, later)) {
      const path = specifier.startsWith('.') ? relative(source, join(source, dirname(file), specifier)) : specifier;
      loaded.add(path);
    }
  }
  return loaded;
}

function valuesIn(text: string, later: boolean): readonly string[] {
  const statements = [...text.matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)from\s+'([^']+)'/gms)];
  const atOnce = statements.filter(([, names = '']) => hasValue(names)).map(([, , specifier = '']) => specifier);
  const bare = [...text.matchAll(/^import\s+'([^']+)'/gm)].map(([, specifier = '']) => specifier);
  const lazily = later ? [...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map(([, specifier = '']) => specifier) : [];
  return [...atOnce, ...bare, ...lazily].filter((specifier) => !specifier.endsWith('.json'));
}

/** Whether an import names anything but types. */
function hasValue(names: string): boolean {
  const inBraces = /\{(.*)\}/s.exec(names)?.[1];
  if (inBraces === undefined) return true;
  const outside = names.replace(/\{.*\}/s, '').replaceAll(/[,\s]/g, '');
  return outside !== '' || inBraces.split(',').some((name) => name.trim() !== '' && !name.trim().startsWith('type '));
}
