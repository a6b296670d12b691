import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKyverno } from './kyverno.ts';

const limits = { runMs: 5_000, bytes: 100_000 };
const policy = { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'one' }, spec: { rules: [] } };
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'jobs' }, spec: { containers: [] } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-fake-kyverno-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program that says the version of Kyverno's CLI, and then does what the script says. */
async function fake(name: string, script: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\nif [ "$1" = version ]; then echo "Version: 1.19.0"; exit 0; fi\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

async function open(script: string, name = `kyverno-${Math.random()}`) {
  const kyverno = await openKyverno(await fake(name, script), limits);
  if (kyverno === undefined) throw new Error('there is no such program');
  return kyverno;
}

test('a program that is not there is an error where it was named', async () => {
  await expect(openKyverno(join(folder, 'nowhere'), limits)).rejects.toThrow(/nowhere cannot be run: ENOENT/);
});

test('a program that is something else is not taken for the CLI', async () => {
  await expect(openKyverno('/bin/echo', limits)).rejects.toThrow(
    `/bin/echo is not Kyverno's CLI: "/bin/echo version" says exit 0`,
  );
});

test('answers are read from the report, the worst of an object first', async () => {
  const result = (rule: string, one: string) => ({
    rule,
    result: one,
    message: rule,
    resources: [{ ...pod.metadata, kind: 'Pod' }],
  });
  const report = JSON.stringify({ results: [result('a', 'pass'), result('autogen-a', 'fail'), result('b', 'skip')] });
  const kyverno = await open(`echo 'a line of text'; echo '${report}'; exit 1`);
  const answers = await kyverno.validate(policy, [pod]);
  expect([...answers]).toEqual([['jobs/Pod/a', { result: 'fail', message: 'autogen-a' }]]);
});

test('a policy that the CLI does not take is an error with its reason', async () => {
  const kyverno = await open(`echo 'Policies Skipped:'; echo '1. one: spec.rules[0]: a reason'; exit 1`);
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow('Kyverno does not take it: spec.rules[0]: a reason');
});

test('a policy that the CLI reads nothing in is an error', async () => {
  const kyverno = await open(`case "$*" in *--table*) echo 'Applying 0 policy rule(s) to 1 resource(s)...';; esac`);
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow('reads no rule in it');
});

test('a rule that applies to nothing has no answers', async () => {
  const kyverno = await open(`case "$*" in *--table*) echo 'Applying 1 policy rule(s) to 1 resource(s)...';; esac`);
  expect(await kyverno.validate(policy, [pod])).toEqual(new Map());
});

test('a failure is told in its own words', async () => {
  const kyverno = await open(`echo 'Error: failed to load resources' >&2; exit 3`);
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow(
    "Kyverno's CLI failed: exit 3, Error: failed to load resources",
  );
});

test('a report that is no JSON is an error', async () => {
  const kyverno = await open(`echo '{"results": ['`);
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow('is no JSON');
});

test('what prints without end is ended', async () => {
  const kyverno = await open('while :; do echo 0123456789012345678901234567890123456789; done');
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow('printed more than 100000 bytes');
});

test('what takes too long is ended', async () => {
  const kyverno = await open('exec sleep 60');
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow('took longer than 5 s');
});

test('the CLI sees nothing of who runs it: no home, no kubeconfig, no way to the network by HTTP', async () => {
  const seen = join(folder, 'seen');
  const kyverno = await open(`env > ${seen}; pwd >> ${seen}; exit 1`);
  await expect(kyverno.validate(policy, [pod])).rejects.toThrow("Kyverno's CLI failed");
  const text = await readFile(seen, 'utf8');
  const names = text.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
  const ofTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
  expect(names.filter((name) => !ofTheShell.includes(name)).toSorted()).toEqual([
    'HOME',
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'KUBECONFIG',
    'PATH',
    'TMPDIR',
  ]);
  const home = /^HOME=(.*)$/m.exec(text)?.[1] ?? '';
  expect(home).toMatch(/pratique-kyverno-/);
  await expect(readdir(home)).rejects.toThrow('ENOENT');
});

test('nothing of a policy is an argument, and there is no shell', async () => {
  const seen = join(folder, 'arguments');
  const kyverno = await open(`printf '%s\\n' "$@" > ${seen}; exit 1`);
  const odd = { ...policy, metadata: { name: `$(touch ${seen}-touched); --cluster` } };
  await expect(kyverno.validate(odd, [pod])).rejects.toThrow("Kyverno's CLI failed");
  const given = (await readFile(seen, 'utf8')).split('\n');
  expect(given[0]).toBe('apply');
  expect(given.filter((one) => /touch|--cluster|--registry|--kubeconfig/.test(one))).toEqual([]);
  expect(await readdir(folder)).not.toContain('arguments-touched');
});

test('a run that is given up is ended, and its folder goes away', async () => {
  const seen = join(folder, 'given-up');
  const file = await fake('kyverno-slow', `pwd > ${seen}; exec sleep 60`);
  const controller = new AbortController();
  const kyverno = await openKyverno(file, { ...limits, signal: controller.signal });
  const answer = kyverno?.validate(policy, [pod]);
  setTimeout(() => controller.abort(), 1_500);
  await expect(answer).rejects.toThrow('was given up');
  await expect(readdir((await readFile(seen, 'utf8')).trim())).rejects.toThrow('ENOENT');
});
