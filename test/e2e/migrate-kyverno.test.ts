import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Migration } from '../../src/migrate/result.ts';
import type { Rule } from '../../src/migrate/rules.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { expectedRules } from './migrate-expected.ts';
import {
  askedAgain,
  kyvernoProgram,
  type MigrateRun,
  policies,
  program,
  rulesByName,
  runMigrate,
  statedOf,
  withGapsFilled,
} from './migrate-statements.ts';

let folder: TemporaryFolder;
let kyverno: string;
let run: MigrateRun;
let migration: Migration;
let rules: ReadonlyMap<string, Rule>;
let configuration: string;

beforeAll(async () => {
  folder = await temporaryFolder('pratique-migrate-');
  kyverno = await kyvernoProgram();
  run = await runMigrate(folder.path, [policies, '--kyverno', kyverno, '--format', 'json']);
  migration = run.json();
  rules = await rulesByName();
  configuration = join(folder.path, 'filled.yaml');
  await writeFile(configuration, withGapsFilled(migration));
}, 1_700_000);
afterAll(() => folder?.remove());

test('at least twenty policies are read, each of a file of its own', () => {
  expect(readdirSync(policies).length).toBeGreaterThanOrEqual(20);
  expect(run.stderr).toBe('');
  expect(new Set(migration.rules.map(({ source }) => source)).size).toBe(readdirSync(policies).length);
});

test('each rule is said to be what it is', () => {
  const said = migration.rules.map(({ policy, name, verdict, checks }) => [`${policy}: ${name}`, [verdict, ...checks]]);
  expect(Object.fromEntries(said)).toEqual(expectedRules);
});

test.for(
  Object.entries(expectedRules).filter(
    ([, [verdict, ...checks]]) => verdict !== 'left' && checks[0] !== 'fuse-contract',
  ),
)('what is stated of %s is what both answer when they are asked again', async ([name]) => {
  const report = migration.rules.find((one) => `${one.policy}: ${one.name}` === name);
  const rule = rules.get(name);
  if (report === undefined || rule === undefined) throw new Error(`there is no rule ${name}`);
  expect(statedOf(report)).toEqual(await askedAgain({ rule, report }, { folder: folder.path, kyverno, configuration }));
});

test('what is left with Kyverno is left for a reason, and then the exit code says so', () => {
  const left = migration.rules.filter(({ verdict }) => verdict === 'left');
  expect(left.filter(({ why }) => (why ?? '') === '')).toEqual([]);
  expect(run.code).toBe(1);
});

test('the configuration is valid but for what is to be filled in', async () => {
  const file = join(folder.path, 'proposed.yaml');
  await writeFile(file, run.configuration);
  const proposed = await runProcess(process.execPath, [program, 'config', 'validate', file]);
  expect(proposed.code).toBe(2);
  const complaints = proposed.stderr.split('\n').filter((line) => line !== '');
  expect(complaints.filter((line) => !line.includes('FILL-IN'))).toEqual([]);
  expect(complaints.length).toBeGreaterThan(0);
  const filled = run.configuration
    .replaceAll('FILL-IN-THE-LAST-DAY', '2099-12-31')
    .replaceAll('FILL-IN-THE-NAMESPACE', 'production');
  await writeFile(file, filled);
  expect(await runProcess(process.execPath, [program, 'config', 'validate', file])).toMatchObject({ code: 0 });
});

test('an exception becomes an exemption without an end, which a person has to give', () => {
  expect(migration.exceptions.map(({ name, exemption }) => [name, exemption])).toEqual(
    [
      ['kyverno/agents', 'kyverno-agents'],
      ['kyverno/nobody', undefined],
    ].map(([name, exemption]) => [name, exemption ?? null]),
  );
  expect(migration.toFillIn).toContain('exemption kyverno-agents: owner, and the last day that it holds (expires)');
  const [agents] = migration.exceptions;
  expect(agents?.agreed).toBeGreaterThan(0);
});
