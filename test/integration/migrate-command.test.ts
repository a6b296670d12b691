import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Migration } from '../../src/migrate/result.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-migrate-');
});
afterAll(() => folder?.remove());

/** Without any program on PATH, and so without Kyverno's CLI. */
function migrate(...args: readonly string[]) {
  const env = { PATH: join(folder.path, 'empty'), NO_COLOR: '1' };
  return runProcess(process.execPath, [main, 'migrate', 'kyverno', ...args], { cwd: folder.path, env });
}

async function write(name: string, content: string): Promise<string> {
  await mkdir(join(folder.path, name, '..'), { recursive: true });
  await writeFile(join(folder.path, name), content);
  return name;
}

const policy = (name: string, more = '') => `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: ${name} }
spec:
  rules:
    - name: privileged
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate:
        message: no
        pattern: { spec: { containers: [{ =(securityContext): { =(privileged): 'false' } }] } }
${more}`;

describe("without Kyverno's CLI", () => {
  test('it is said that nothing is proven, with the checks that are about the same fields', async () => {
    const { code, stdout, stderr } = await migrate(await write('one.yaml', policy('one')));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Kyverno's CLI was not found: nothing below is proven/);
    expect(stdout).toMatch(
      /unproven {2}ClusterPolicy one: privileged \(audit\)\n {2}its text names fields .*\n {2}about privileged\n/,
    );
    expect(code).toBe(1);
  });

  test('JSON says the same', async () => {
    const { stdout } = await migrate(await write('one.yaml', policy('one')), '--format', 'json');
    const { kyverno, rules } = JSON.parse(stdout) as Migration;
    expect(kyverno).toBeNull();
    expect(rules).toMatchObject([{ policy: 'one', name: 'privileged', verdict: 'unproven', checks: ['privileged'] }]);
  });

  test('a program that is named has to be there', async () => {
    const { code, stderr } = await migrate(await write('one.yaml', policy('one')), '--kyverno', './nowhere');
    expect([code, stderr]).toEqual([2, `${join(folder.path, 'nowhere')} cannot be run: ENOENT\n`]);
  });
});

describe('what is read', () => {
  test.for([
    ['an empty file', ''],
    ['a file of comments', '# nothing\n---\n---\n'],
    ['a file of other objects', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'],
  ] as const)('%s holds no policy', async ([, content]) => {
    const name = await write('none.yaml', content);
    expect(await migrate(name)).toMatchObject({ code: 2, stdout: '', stderr: "none.yaml: no policy of Kyverno's\n" });
  });

  test('a folder may hold other YAML, whatever it is', async () => {
    await write('mixed/values.yaml', 'a: [unclosed\n');
    await write('mixed/deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n');
    await write('mixed/policies/one.yaml', policy('one'));
    const { code, stdout, stderr } = await migrate('mixed', '--format', 'json');
    expect([code, stderr]).toEqual([1, '']);
    expect((JSON.parse(stdout) as Migration).rules).toHaveLength(1);
  });

  test('a document with errors is told with its line, the others are read, and the exit code says so', async () => {
    const name = await write(
      'errors.yaml',
      `${policy('one')}---\napiVersion: kyverno.io/v1\nkind: [\n---\n${policy('two')}`,
    );
    const { code, stdout, stderr } = await migrate(name, '--format', 'json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^errors\.yaml:\d+: /);
    const { rules, errors } = JSON.parse(stdout) as Migration;
    expect(rules.map((one) => one.policy)).toEqual(['one', 'two']);
    expect(errors).toHaveLength(1);
  });

  test('a kind of policy that is not known, and those that decide nothing, are left with a reason', async () => {
    const kinds = ['ImageValidatingPolicy', 'CleanupPolicy', 'FuturePolicy'];
    const documents = kinds.map(
      (kind) => `apiVersion: policies.kyverno.io/v1\nkind: ${kind}\nmetadata: { name: a }\nspec: {}\n`,
    );
    const { code, stdout } = await migrate(await write('kinds.yaml', documents.join('---\n')), '--format', 'json');
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Migration).rules.map(({ kind, verdict, why }) => [kind, verdict, why])).toEqual([
      ['ImageValidatingPolicy', 'left', 'it verifies signatures of images, which needs the registry'],
      ['CleanupPolicy', 'left', 'it deletes objects'],
      ['FuturePolicy', 'left', 'FuturePolicy of policies.kyverno.io is no kind of policy that is known here'],
    ]);
  });

  test('a policy with odd fields is no reason to fail', async () => {
    const odd =
      'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: null\nspec: { rules: [null, 1, { name: 5, match: [], validate: 3 }, {}] }\n';
    const { code, stdout, stderr } = await migrate(await write('odd.yaml', odd), '--format', 'json');
    expect([code, stderr]).toEqual([1, '']);
    expect((JSON.parse(stdout) as Migration).rules).toHaveLength(2);
  });

  test('a huge file is read document by document', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => policy(`policy-${index}`, `# ${'x'.repeat(5_000)}\n`));
    const { code, stdout } = await migrate(await write('huge.yaml', many.join('---\n')), '--format', 'json');
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Migration).rules).toHaveLength(3_000);
  });

  test('a document that is larger than any is an error', async () => {
    const name = await write(
      'vast.yaml',
      `apiVersion: v1\nkind: ConfigMap\ndata: { a: "${'x'.repeat(65 * 1024 * 1024)}" }\n`,
    );
    const { code, stderr } = await migrate(name);
    expect(code).toBe(2);
    expect(stderr).toContain('vast.yaml:1: is larger than 64 MiB\n');
  });

  test.for([
    ['no path', []],
    ['a path and --live', ['one.yaml', '--live']],
    ['a number that is none', ['one.yaml', '--differences', 'many']],
  ] as const)('%s is a usage error', async ([, args]) => {
    await write('one.yaml', policy('one'));
    const { code, stderr } = await migrate(...args);
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
  });

  test('a file that is not there, and a manifest that cannot be read, are told', async () => {
    const { code, stderr } = await migrate('nowhere.yaml');
    expect([code, stderr]).toEqual([2, "nowhere.yaml: does not exist\nnowhere.yaml: no policy of Kyverno's\n"]);
    const own = await migrate(await write('one.yaml', policy('one')), '--on', 'nowhere');
    expect([own.code, own.stderr]).toEqual([2, 'nowhere: does not exist\n']);
  });
});

test('texts of a policy cannot command the terminal', async () => {
  const name = await write('odd-name.yaml', policy('"a\\u001b[31m##vso[task]"'));
  const { stdout } = await migrate(name);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('##vso');
});

test('a program that fails on each rule leaves each with its words', async () => {
  const program = await write(
    'fails',
    '#!/bin/sh\nif [ "$1" = version ]; then echo "Version: 1.19.0"; exit; fi\necho boom >&2; exit 7\n',
  );
  await chmod(join(folder.path, program), 0o755);
  const { code, stdout } = await migrate(
    await write('one.yaml', policy('one')),
    '--kyverno',
    './fails',
    '--format',
    'json',
  );
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as Migration).rules).toMatchObject([
    { verdict: 'left', why: "Kyverno's CLI failed: exit 7, boom" },
  ]);
});
