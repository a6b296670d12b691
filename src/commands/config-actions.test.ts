import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApplication, run } from '@stricli/core';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../config/load.ts';
import { configCommand } from './config.ts';
import { runConfigSchema, runConfigShow, runConfigValidate } from './config-actions.ts';

const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';
const now = Date.UTC(2026, 10, 21);

function exemption(expires: string): string {
  return `${head}exemptions:\n  - { name: a, namespaces: [b], allow: { privileged: true }, owner: o, reason: r, expires: ${expires}, acceptNoExpiry: true }\n`;
}

describe('config validate', () => {
  test('a valid file', () => {
    const { stdout, ...rest } = runConfigValidate('p.yaml', loadConfiguration(head, now), { allowExpired: false });
    expect(stdout).toMatch(/^p\.yaml: valid, configuration [0-9a-f]{12}\n$/);
    expect(rest).toEqual({ exitCode: 0, stderr: '' });
  });

  test('an invalid file: every problem, with its place', () => {
    const result = loadConfiguration(`${head}defalt: {}\njournal: { allows: some }\n`, now);
    expect(runConfigValidate('p.yaml', result, { allowExpired: true })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'p.yaml:3:1: defalt: is no known key. Did you mean `default`?\n' +
        'p.yaml:4:12: journal.allows: is "some", and must be one of none, all\n',
    });
  });

  test.each([
    ['expired', '2026-11-20', false, 1],
    ['expired', '2026-11-20', true, 0],
    ['expiring', '2026-11-23', false, 0],
    ['never-expires', 'never', false, 0],
  ])('an exemption that is %s on %s, allowed: %s', (kind, expires, allowExpired, exitCode) => {
    const result = runConfigValidate('p.yaml', loadConfiguration(exemption(expires), now), { allowExpired });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(
      new RegExp(`^p\\.yaml:4: exemptions\\[0\\]\\.expires: ${kind}: exemption a \\(o\\) `),
    );
    expect(result.stdout).toContain('valid');
  });
});

describe('config show', () => {
  test('prints what is valid input again', () => {
    const first = runConfigShow('p.yaml', loadConfiguration(exemption('never'), now));
    expect(first.exitCode).toBe(0);
    expect(runConfigShow('p.yaml', loadConfiguration(first.stdout, now))).toEqual(first);
  });

  test('prints the embedded default without a file', () => {
    const { stdout } = runConfigShow('', undefined);
    expect(loadConfiguration(stdout, now)).toMatchObject({ kind: 'configuration' });
  });

  test('tells what is wrong', () => {
    expect(runConfigShow('p.yaml', loadConfiguration('a: 1', now))).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

test('config schema prints a schema that names every section', () => {
  const schema = JSON.parse(runConfigSchema().stdout);
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.required).toEqual(['apiVersion', 'kind']);
  expect(Object.keys(schema.properties)).toContain('mountFuse');
});

describe('the command', () => {
  const before = process.exitCode;

  afterEach(() => {
    process.exitCode = before;
  });

  test.each([
    [['validate', 'FILE'], 2, '', 'FILE:3:1: x: is no known key'],
    [['show'], 0, 'kind: PratiqueConfiguration', ''],
    [['schema'], 0, '"$schema"', ''],
  ])('%j', async (inputs, exitCode, stdout, stderr) => {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-'));
    const file = join(folder, 'p.yaml');
    await writeFile(file, `${head}x: 1\n`);
    const written = { stdout: '', stderr: '' };
    const into = (stream: keyof typeof written) => ({
      write(text: string) {
        written[stream] += text;
      },
    });
    const application = buildApplication(configCommand, { name: 'config' });
    await run(
      application,
      inputs.map((input) => input.replace('FILE', file)),
      {
        process: { stdout: into('stdout'), stderr: into('stderr') },
      },
    );
    await rm(folder, { recursive: true });
    expect(process.exitCode).toBe(exitCode);
    expect(written.stdout).toContain(stdout);
    expect(written.stderr).toContain(stderr.replace('FILE', file));
  });
});
