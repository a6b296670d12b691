import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type LoadResult, loadConfigurationFile } from './load.ts';
import { type ConfigurationWatch, watchConfiguration } from './watch.ts';

let folder: string;
let file: string;
let watch: ConfigurationWatch | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-'));
  file = join(folder, 'pratique.yaml');
});

afterEach(async () => {
  watch?.stop();
  watch = undefined;
  await rm(folder, { recursive: true });
});

function text(mode: string): string {
  return `apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\ndefault: { mode: ${mode} }\n`;
}

function told(result: LoadResult): string {
  return result.kind === 'configuration'
    ? result.configuration.policyFor('x').mode
    : (result.problems[0]?.message ?? '');
}

/** Watches the file as it is now, and collects what is told. */
async function watched(path = file): Promise<{ readonly results: LoadResult[]; next(): Promise<string> }> {
  const results: LoadResult[] = [];
  const loaded = await loadConfigurationFile(path, Date.now());
  watch = watchConfiguration({ path, loaded, interval: 5, onChange: (result) => void results.push(result) });
  let seen = 0;
  return {
    results,
    async next() {
      await vi.waitUntil(() => results.length > seen, { timeout: 5000, interval: 5 });
      const result = results[seen++];
      return result === undefined ? '' : told(result);
    },
  };
}

/** Long enough for several looks at the file. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60));
}

/** Replaces the file at once, so that no look at it finds half of it. */
async function replace(content: string): Promise<void> {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}

test('tells a change, and nothing while there is none', async () => {
  await replace(text('warn'));
  const { next, results } = await watched();
  await quiet();
  expect(results).toEqual([]);
  await replace(text('audit'));
  expect(await next()).toBe('audit');
  await quiet();
  expect(results).toHaveLength(1);
});

test('the same bytes in another file are no change', async () => {
  await replace(text('warn'));
  const { results } = await watched();
  await replace(text('warn'));
  await quiet();
  expect(results).toEqual([]);
});

test('problems are told once, and the good configuration that comes back is the one that was there', async () => {
  await replace(text('warn'));
  const loaded = await loadConfigurationFile(file, Date.now());
  const results: LoadResult[] = [];
  watch = watchConfiguration({ path: file, loaded, interval: 5, onChange: (result) => void results.push(result) });
  await replace(text('wran'));
  await vi.waitUntil(() => results.length === 1);
  await quiet();
  await replace(text('warn'));
  await vi.waitUntil(() => results.length === 2);
  expect(results.map(told)).toEqual([expect.stringContaining('must be one of'), 'warn']);
  expect(results[1]).toBe(loaded.result);
});

test('a missing file is a failed reload', async () => {
  await replace(text('warn'));
  const { next, results } = await watched();
  await rm(file);
  expect(await next()).toContain('cannot be read');
  await quiet();
  expect(results).toHaveLength(1);
  await replace(text('warn'));
  expect(await next()).toBe('warn');
});

test('a file that appears later is loaded', async () => {
  const { next, results } = await watched();
  await quiet();
  expect(results).toEqual([]);
  await replace(text('audit'));
  expect(await next()).toBe('audit');
});

test('follows the links by which the kubelet swaps a ConfigMap', async () => {
  for (const [version, mode] of [
    ['..v1', 'warn'],
    ['..v2', 'audit'],
  ] as const) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'pratique.yaml'), text(mode));
  }
  await symlink('..v1', join(folder, '..data'));
  await symlink('..data/pratique.yaml', file);
  const { next } = await watched();
  await symlink('..v2', join(folder, '..tmp'));
  await rename(join(folder, '..tmp'), join(folder, '..data'));
  expect(await next()).toBe('audit');
});

test('bytes that are no UTF-8 are a problem', async () => {
  await replace(text('warn'));
  const { next } = await watched();
  await writeFile(`${file}.new`, new Uint8Array([0xff, 0xfe, 0x00]));
  await rename(`${file}.new`, file);
  expect(await next()).toContain('cannot be read');
});

test('tells nothing once it is stopped', async () => {
  await replace(text('warn'));
  const { results } = await watched();
  watch?.stop();
  await replace(text('audit'));
  await quiet();
  expect(results).toEqual([]);
});
