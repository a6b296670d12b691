import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { fieldManager } from '../../src/tls/cluster-store.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('docs/gitops.md', () => {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  const validate = new Ajv2020({ allowUnionTypes: true, strict: false }).compile(
    JSON.parse(read('charts/pratique/values.schema.json')),
  );
  const objects = [...read('docs/gitops.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .flatMap(([, text = '']) => parseAllDocuments(text))
    .map((document) => document.toJS());
  const of = (kind: string) => objects.find((one) => one.kind === kind)?.spec;

  test('has values that the chart takes, of the version that is being made', () => {
    for (const values of [of('Application').source.helm.valuesObject, of('HelmRelease').values]) {
      validate(values);
      expect(validate.errors).toBeNull();
      expect(Object.keys(values).length).toBeGreaterThan(1);
    }
    expect([of('Application').source.targetRevision, of('OCIRepository').ref.tag]).toEqual([version, version]);
  });

  test('ignores what the replicas own, of both configurations', () => {
    expect(of('Application').ignoreDifferences).toEqual(
      ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) => ({
        group: 'admissionregistration.k8s.io',
        kind,
        managedFieldsManagers: [fieldManager],
      })),
    );
  });
});

test('the sizes of docs/operations.md are those that the bench measured', () => {
  const core = 1_000_000;
  const cpu = read('bench/README.md').split('### CPU a review')[1]?.split('###')[0] ?? '';
  const measured = [...cpu.matchAll(/^\| (\d+ [KM]iB \/\w+) \| [\d.]+ \| ([\d.]+) \|/gm)].map(
    ([, review, micros]) => `| ${review} | ${micros} | ${Math.floor(core / 10 / Number(micros))} |`,
  );
  expect(measured).toHaveLength(6);
  const [, table = ''] = read('docs/operations.md').split(/<!-- sizing: (?:begin|end) -->/);
  expect(table.trim().split('\n').slice(2)).toEqual(measured);
  const [idle, before, after] = [
    /^\| webhook \|.*\| (\d+) \|$/m,
    /with log: (\d+) MiB/,
    /before the rounds, (\d+) MiB/,
  ].map((pattern) => pattern.exec(read('bench/README.md'))?.[1]);
  expect(Number(before)).toBeLessThan(Number(after));
  expect(read('docs/operations.md')).toContain(`${idle} MiB idle, and ${after} MiB after rounds`);
});

test('every test file that docs/disasters.md names is there, and every row of the faults', () => {
  const page = read('docs/disasters.md');
  const named = [...page.matchAll(/`((?:test|src)\/[\w/.-]+\.ts)`/g)].map(([, file = '']) => file);
  expect(new Set(named).size).toBeGreaterThan(3);
  for (const file of named) expect(read(file)).toContain('test(');
  const rows = [...page.matchAll(/rows?\s+\*([^*]+)\*|and\s+\*([a-z][^*]+)\*/g)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  expect(rows.length).toBeGreaterThan(4);
  const faults = read('docs/reliability.md');
  for (const row of rows) expect(faults).toMatch(new RegExp(`^\\| ${row.replaceAll(/\s+/g, ' ')}`, 'm'));
});
