import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objectsAt, textAt } from '../../src/kubernetes/fields.ts';
import { placed, type Sample } from '../../src/migrate/cases.ts';
import { imageSamples, imagesOf } from '../../src/migrate/images.ts';
import { casesFor, filledIn } from '../../src/migrate/migration.ts';
import { policiesIn } from '../../src/migrate/read.ts';
import type { Migration, RuleReport } from '../../src/migrate/result.ts';
import type { Rule } from '../../src/migrate/rules.ts';
import { kindOf, wrapped } from '../../src/migrate/workloads.ts';
import { ensureKyverno, type KubernetesBinaries } from '../harness/binaries.ts';
import { runProcess } from '../harness/processes.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** The policies that were written for these tests, one style each. */
export const policies = fileURLToPath(new URL('../fixtures/kyverno', import.meta.url));

/** What `pratique migrate kyverno --format json` prints, and the configuration that it wrote. */
export interface MigrateRun {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly configuration: string;
  json(): Migration;
}

/** Finds Kyverno's CLI as the tests do. */
export async function kyvernoProgram(): Promise<string> {
  const binaries: KubernetesBinaries = await ensureKyverno({ log: () => undefined });
  return binaries.path('kyverno');
}

/** Runs the built `pratique migrate kyverno`; `folder` is for the configuration. */
export async function runMigrate(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<MigrateRun> {
  const file = join(folder, `proposed-${Math.random()}.yaml`);
  const own = [program, 'migrate', 'kyverno', ...args, '--configuration', file];
  const { code, stdout, stderr } = await runProcess(process.execPath, own, { timeoutMs: 1_500_000, env });
  const configuration = await readFile(file, 'utf8').catch(() => '');
  return { code, stdout, stderr, configuration, json: () => JSON.parse(stdout) as Migration };
}

/** What the two say of an object, each asked by its own command line and not through the code that is tested. */
interface Said {
  readonly title: string;
  readonly kyverno: boolean;
  readonly pratique: boolean;
}

/** The sets that a report states. */
export interface Stated {
  readonly agreed: number;
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/** What is stated of a rule. */
export function statedOf({ agreed, lost, gained }: RuleReport): Stated {
  const titles = (all: RuleReport['lost']) => all.map(({ object }) => object).toSorted();
  return { agreed, lost: titles(lost), gained: titles(gained) };
}

/**
 * Asks both again: Kyverno with the whole file that the rule is of, and Pratique with `check` and the configuration that
 * was written, its gaps filled in.
 */
export async function askedAgain(
  { rule, report }: { readonly rule: Rule; readonly report: RuleReport },
  {
    folder,
    kyverno,
    configuration,
  }: { readonly folder: string; readonly kyverno: string; readonly configuration: string },
): Promise<Stated> {
  const objects = objectsFor(rule, report);
  const file = join(folder, `objects-${Math.random()}.yaml`);
  await writeFile(file, objects.map(({ object }) => escaped(object)).join('\n---\n'));
  const objected = await kyvernoObjections(rule, file, kyverno, folder);
  const found = await pratiqueFindings(file, configuration, report.checks);
  const said = objects.map(({ title, object }): Said => {
    const key = keyOf(object);
    return { title, kyverno: objected.has(key), pratique: found.has(key) };
  });
  const titles = (which: (one: Said) => boolean) =>
    said
      .filter(which)
      .map(({ title }) => title)
      .toSorted();
  return {
    agreed: titles((one) => one.kyverno && one.pratique).length,
    lost: titles((one) => one.kyverno && !one.pratique),
    gained: titles((one) => !one.kyverno && one.pratique),
  };
}

/** The configuration as JSON, with a day where one is to be filled in. */
export function withGapsFilled(migration: Migration): string {
  filledIn(migration.configuration, Date.now());
  return JSON.stringify({ ...migration.configuration, exemptions: [] });
}

/** The rules of the policies by `policy: rule`. */
export async function rulesByName(): Promise<ReadonlyMap<string, Rule>> {
  const { rules } = await policiesIn([policies]);
  return new Map(rules.map((rule) => [`${rule.policy}: ${rule.name}`, rule]));
}

const cases = casesFor(Date.now());

function objectsFor(rule: Rule, { checks }: RuleReport): readonly Sample[] {
  const images = placed(imageSamples(imagesOf(rule)), rule.scope.place, 'image');
  return wrapped([...placed(cases, rule.scope.place), ...images], kindOf(rule.scope) ?? 'Pod').filter(
    ({ isVariant, from }) => !isVariant || checks.includes(from),
  );
}

async function kyvernoObjections(
  rule: Rule,
  objects: string,
  kyverno: string,
  folder: string,
): Promise<ReadonlySet<string>> {
  const { namespace, namespaceLabels } = rule.scope.place;
  const values = join(folder, `values-${Math.random()}.yaml`);
  const selectors = [{ name: namespace, labels: namespaceLabels }];
  const head = { apiVersion: 'cli.kyverno.io/v1alpha1', kind: 'Values', metadata: { name: 'values' } };
  await writeFile(values, JSON.stringify({ ...head, namespaceSelector: selectors }));
  const args = [
    'apply',
    rule.source,
    '--resource',
    objects,
    '--values-file',
    values,
    '--policy-report',
    '--output-format',
    'json',
  ];
  const { stdout } = await runProcess(kyverno, args, { timeoutMs: 600_000 });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const results = lines.flatMap((line) => (JSON.parse(line) as { readonly results: readonly ReportResult[] }).results);
  // A policy of CEL tells which of its validations it was by its message only.
  const messages = objectsAt(rule.body, 'validations').map((one) => textAt(one, 'message'));
  const isOurs = ({ policy, rule: name = '', message }: ReportResult) =>
    policy === rule.policy &&
    (messages.length > 0 ? messages.includes(message) : name.replace(/^autogen-(?:cronjob-)?/, '') === rule.name);
  const failed = results.filter((one) => one.result === 'fail' && isOurs(one));
  return new Set(failed.flatMap(({ resources }) => resources.map(resourceKey)));
}

interface ReportResult {
  readonly policy: string;
  readonly rule?: string;
  readonly message: string;
  readonly result: string;
  readonly resources: readonly Resource[];
}

interface Resource {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

async function pratiqueFindings(
  objects: string,
  configuration: string,
  checks: readonly string[],
): Promise<ReadonlySet<string>> {
  const args = [program, 'check', '--config', configuration, '--format', 'json', objects];
  const { stdout } = await runProcess(process.execPath, args, { timeoutMs: 600_000 });
  const { results } = JSON.parse(stdout) as { readonly results: readonly CheckResult[] };
  const found = results.filter(({ findings }) => findings.some(({ check }) => checks.includes(check)));
  return new Set(found.map(resourceKey));
}

interface CheckResult extends Resource {
  readonly findings: readonly { readonly check: string }[];
}

function resourceKey({ kind, namespace, name }: Resource): string {
  return `${namespace || 'default'}/${kind}/${name}`;
}

function keyOf(object: Sample['object']): string {
  const metadata = object['metadata'] as Resource;
  return `${metadata.namespace || 'default'}/${String(object['kind'])}/${metadata.name}`;
}

/** What YAML does not let stand for itself is written as an escape of JSON. */
function escaped(object: unknown): string {
  return JSON.stringify(object).replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
