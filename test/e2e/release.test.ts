import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureActionlint, ensureHelm } from '../harness/binaries.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const workflow = path('.github/workflows/release.yml');

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-release-');
});
afterAll(() => folder.remove());

/** Only what is built in: whether shellcheck is installed must not matter. */
async function lint(file: string) {
  const binaries = await ensureActionlint({ log: () => undefined });
  return runProcess(binaries.path('actionlint'), ['-no-color', '-shellcheck=', '-pyflakes=', file]);
}

const ours = readdirSync(path('.github/workflows')).map((name) => path(`.github/workflows/${name}`));

test.each([...ours, path('deploy/ci/github-workflow.yml')])('actionlint finds no fault with %s', async (file) => {
  expect(await lint(file)).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test.each([
  [
    'an output of a job that is not needed',
    'needs: [version, image]',
    'needs: [image]',
    'property "version" is not defined',
  ],
  ['a runner that does not exist', 'runs-on: ubuntu-24.04', 'runs-on: ubuntu-24', 'label "ubuntu-24" is unknown'],
  ['a right that does not exist', 'packages: write', 'package: write', 'unknown permission scope "package"'],
])('actionlint would find %s', async (_what, from, to, fault) => {
  const text = await readFile(workflow, 'utf8');
  const file = join(folder.path, 'broken.yml');
  await writeFile(file, text.replace(from, to));
  const { code, stdout } = await lint(file);
  expect(code).toBe(1);
  expect(stdout).toContain(fault);
});

test('the chart can be packed, and the archive is named as the workflow expects', async () => {
  const binaries = await ensureHelm({ log: () => undefined });
  const args = ['package', path('charts/pratique'), '--destination', folder.path];
  const packed = await runProcess(binaries.path('helm'), args);
  const { version } = JSON.parse(await readFile(path('package.json'), 'utf8')) as { version: string };
  const file = join(folder.path, `pratique-${version}.tgz`);
  expect({ code: packed.code, stderr: packed.stderr }).toEqual({ code: 0, stderr: '' });
  expect(packed.stdout).toContain(file);
  const { stdout } = await runProcess('tar', ['-tzf', file]);
  const files = stdout.trim().split('\n');
  for (const name of ['Chart.yaml', 'values.yaml', 'files/alerts.yaml', 'files/dashboard.json']) {
    expect(files).toContain(`pratique/${name}`);
  }
});
