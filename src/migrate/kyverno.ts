import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { objectsAt, textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { documentsOf } from '../manifests/documents.ts';
import { parseDocument } from '../manifests/parse.ts';
import { chunksOf } from '../manifests/sources.ts';
import { printable } from '../matching/printable.ts';
import {
  type Answer,
  type Call,
  inFolder,
  isNotFound,
  KyvernoError,
  type RunLimits,
  run,
  told,
  usualLimits,
} from './kyverno-process.ts';
import type { Place } from './scope.ts';

/** What Kyverno says of one object: nothing where the rule does not apply to it. */
export interface KyvernoAnswer {
  readonly result: 'pass' | 'fail' | 'skip' | 'error' | 'warn';
  readonly message: string;
}

/** Kyverno's CLI, bounded in time and output, and without anything of the cluster or the user around it. */
export interface Kyverno {
  /** As it says itself. */
  readonly version: string;
  /** What a policy says of objects, by `namespace/name`; `exceptions` are PolicyExceptions that hold. */
  validate(
    policy: Fields,
    objects: readonly Fields[],
    options?: ApplyOptions,
  ): Promise<ReadonlyMap<string, KyvernoAnswer>>;
  /** Objects as a policy leaves them, by `namespace/name`. */
  mutate(policy: Fields, objects: readonly Fields[], options?: ApplyOptions): Promise<ReadonlyMap<string, Fields>>;
}

/** What is said to the CLI beside policy and objects. */
export interface ApplyOptions {
  readonly place?: Pick<Place, 'namespace' | 'namespaceLabels'>;
  readonly exceptions?: readonly Fields[];
}

/** Finds the CLI on PATH or takes the file that is named, and asks for its version; undefined where there is none on PATH. */
export async function openKyverno(
  file: string | undefined,
  limits: RunLimits = usualLimits,
): Promise<Kyverno | undefined> {
  // Each run has a folder of its own to work in.
  const program = file?.includes('/') === true ? resolve(file) : (file ?? 'kyverno');
  try {
    const version = await inFolder((folder) => versionOf({ program, folder, limits }));
    return {
      version,
      validate: (policy, objects, options = {}) =>
        inFolder((folder) => validated({ program, folder, limits }, policy, objects, options)),
      mutate: (policy, objects, options = {}) =>
        inFolder((folder) => mutated({ program, folder, limits }, policy, objects, options)),
    };
  } catch (error) {
    if (file === undefined && isNotFound(error)) return undefined;
    throw error;
  }
}

async function versionOf(call: Call): Promise<string> {
  const answer = await run(call, ['version']);
  const version = /^Version: (\S{1,64})$/m.exec(answer.stdout)?.[1];
  if (answer.code === 0 && version !== undefined) return version;
  throw new KyvernoError(`${call.program} is not Kyverno's CLI: "${call.program} version" says ${told(answer)}`);
}

/** The key of an object in what the CLI answers. */
export function keyOf(object: Fields): string {
  return `${textAt(object, 'metadata', 'namespace') || 'default'}/${textAt(object, 'kind')}/${textAt(object, 'metadata', 'name')}`;
}

async function validated(
  call: Call,
  policy: Fields,
  objects: readonly Fields[],
  options: ApplyOptions,
): Promise<ReadonlyMap<string, KyvernoAnswer>> {
  const args = await argumentsFor(call, policy, objects, options);
  const answer = await run(call, [...args, '--policy-report', '--output-format', 'json']);
  const answers = answersIn(answer.stdout);
  if (answers.size === 0) await requireRule(call, args, answer);
  return answers;
}

/** Nothing is answered of a rule that applies to no object, and of one that the CLI did not take. */
async function requireRule(call: Call, args: readonly string[], silent: Answer): Promise<void> {
  const refused = /^\d+\. [^:\n]{1,512}: (.{1,2000})$/m.exec(silent.stdout)?.[1];
  if (refused !== undefined) throw new KyvernoError(`Kyverno does not take it: ${printable(refused, 500)}`);
  if (silent.code !== 0) throw new KyvernoError(`Kyverno's CLI failed: ${told(silent)}`);
  const table = await run(call, [...args, '--table']);
  if (/^Applying [1-9]\d* policy rule/m.test(table.stdout)) return;
  throw new KyvernoError("Kyverno's CLI reads no rule in it: its form is not that of the version it is of");
}

async function mutated(
  call: Call,
  policy: Fields,
  objects: readonly Fields[],
  options: ApplyOptions,
): Promise<ReadonlyMap<string, Fields>> {
  const args = await argumentsFor(call, policy, objects, options);
  const output = join(call.folder, 'mutated.yaml');
  const answer = await run(call, [...args, '--policy-report', '--output-format', 'json', '--output', output]);
  const answers = answersIn(answer.stdout);
  if (answers.size === 0) await requireRule(call, args, answer);
  const failed = [...answers.values()].find(({ result }) => result === 'error' || result === 'fail');
  if (failed !== undefined) throw new KyvernoError(`Kyverno fails to apply it: ${printable(failed.message, 500)}`);
  const left = new Map<string, Fields>();
  for (const object of await objectsIn(output)) left.set(keyOf(object), object);
  return left;
}

async function objectsIn(file: string): Promise<readonly Fields[]> {
  const objects: Fields[] = [];
  for await (const document of documentsOf(chunksOf({ file, found: false }))) {
    const parsed = parseDocument(document);
    if (parsed.kind === 'invalid') throw new KyvernoError("what Kyverno's CLI wrote cannot be read");
    for (const { value } of parsed.objects) objects.push(value);
  }
  return objects;
}

async function argumentsFor(
  { folder }: Call,
  policy: Fields,
  objects: readonly Fields[],
  { place, exceptions = [] }: ApplyOptions,
): Promise<readonly string[]> {
  const files = {
    policy: 'policy.yaml',
    objects: 'objects.yaml',
    values: 'values.yaml',
    exceptions: 'exceptions.yaml',
  };
  await writeFile(join(folder, files.policy), textOf([policy]));
  await writeFile(join(folder, files.objects), textOf(objects));
  await writeFile(join(folder, files.values), textOf([valuesFor(place)]));
  const excepting = exceptions.length === 0 ? [] : ['--exception', join(folder, files.exceptions)];
  if (exceptions.length > 0) await writeFile(join(folder, files.exceptions), textOf(exceptions));
  const paths = ['--resource', join(folder, files.objects), '--values-file', join(folder, files.values)];
  return ['apply', join(folder, files.policy), ...paths, ...excepting, '--remove-color', '--continue-on-fail'];
}

function valuesFor(place: ApplyOptions['place']): Fields {
  const selectors = place === undefined ? [] : [{ name: place.namespace, labels: place.namespaceLabels }];
  const values = { apiVersion: 'cli.kyverno.io/v1alpha1', kind: 'Values', metadata: { name: 'values' } };
  return selectors.length === 0 ? values : { ...values, namespaceSelector: selectors };
}

/** YAML documents that are JSON; what YAML does not let stand for itself is escaped. */
function textOf(documents: readonly Fields[]): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return documents.map((one) => JSON.stringify(one).replaceAll(/[^ -~]/g, escaped)).join('\n---\n');
}

/** Every line that begins with a brace is a report. */
function answersIn(stdout: string): ReadonlyMap<string, KyvernoAnswer> {
  const answers = new Map<string, KyvernoAnswer>();
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    for (const result of objectsAt(reportIn(line), 'results')) {
      const [object] = objectsAt(result, 'resources');
      if (object === undefined) continue;
      const key = `${textAt(object, 'namespace') || 'default'}/${textAt(object, 'kind')}/${textAt(object, 'name')}`;
      const answer = { result: textAt(result, 'result'), message: textAt(result, 'message') } as KyvernoAnswer;
      if (rank(answer) > rank(answers.get(key))) answers.set(key, answer);
    }
  }
  return answers;
}

/** A rule for pods becomes several for what makes pods: of all that it says of an object the worst counts. */
function rank(answer: KyvernoAnswer | undefined): number {
  return answer === undefined ? 0 : { skip: 1, pass: 2, warn: 3, error: 4, fail: 5 }[answer.result];
}

function reportIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new KyvernoError("the report of Kyverno's CLI is no JSON", { cause: error });
  }
}
