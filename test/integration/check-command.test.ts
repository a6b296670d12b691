import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formats } from '../../src/output/formats.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/gitlab', import.meta.url));

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-check-');
  // Writes the most memory that the process ever held, in KiB.
  const hook = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env['PEAK_FILE'], String(process.resourceUsage().maxRSS)));`;
  await writeFile(join(folder.path, 'peak.mjs'), hook);
});
afterAll(() => folder.remove());

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly peak: number;
}

async function run(args: readonly string[], input: Iterable<string> = []): Promise<Ran> {
  const peakFile = join(folder.path, `peak-${Math.random()}`);
  const child = spawn(process.execPath, ['--import', join(folder.path, 'peak.mjs'), main, ...args], {
    env: { ...process.env, PEAK_FILE: peakFile, NO_COLOR: '1' },
    cwd: folder.path,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  Readable.from(input).pipe(child.stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr, peak: Number(await readFile(peakFile, 'utf8')) };
}

async function write(name: string, content: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return name;
}

const pod = (name: string, more = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - { name: a, image: b${more} }\n`;
const bad = ', securityContext: { privileged: true }';

describe('exit codes', () => {
  test.for([
    ['0 when nothing is denied', pod('a'), [], 0],
    ['1 when something is denied', pod('a', bad), [], 1],
    ['0 when something is warned of', pod('a', ', env: [{ name: DOCKER_HOST, value: x }]'), [], 0],
    ['1 when that counts', pod('a', ', env: [{ name: DOCKER_HOST, value: x }]'), ['--fail-on', 'warn'], 1],
    ['2 when a document cannot be read', `a: [\n---\n${pod('a')}`, [], 2],
    ['0 for nothing at all', '', [], 0],
    ['0 in mode audit', pod('a', bad), ['--mode', 'audit'], 0],
    ['1 in a stricter profile', pod('a'), ['--profile', 'strict'], 1],
    ['2 for a profile that is none', pod('a'), ['--profile', 'none'], 2],
    ['2 for a flag that is none', pod('a'), ['--nope'], 2],
    ['2 for a configuration that is none', pod('a'), ['--config', 'missing.yaml'], 2],
  ] as const)('%s', async ([, input, flags, code]) => {
    const ran = await run(['check', ...flags, '-'], [input]);
    expect(ran.code, ran.stdout + ran.stderr).toBe(code);
  });

  test('2 for a file that does not exist, and the others are checked', async () => {
    const file = await write('one.yaml', pod('one', bad));
    const { code, stdout } = await run(['check', 'missing.yaml', file]);
    expect(code).toBe(2);
    expect(stdout).toContain('missing.yaml');
    expect(stdout).toContain('Pod one');
  });
});

test('a broken document is told with its place, and the rest is still checked', async () => {
  const file = await write('broken.yaml', `${pod('first', bad)}---\nkind: [\n---\n${pod('last', bad)}`);
  const { code, stdout } = await run(['check', '--format', 'json', file]);
  const report = JSON.parse(stdout) as {
    readonly results: readonly {
      readonly name: string;
      readonly document: number;
      readonly findings: readonly { line: number }[];
    }[];
    readonly errors: readonly { readonly file: string; readonly document: number; readonly message: string }[];
  };
  expect(code).toBe(2);
  expect(report.results.map(({ name, document, findings }) => [name, document, findings[0]?.line])).toEqual([
    ['first', 0, 6],
    ['last', 2, 15],
  ]);
  expect(new Set(report.errors.map(({ document }) => document))).toEqual(new Set([1]));
});

test('folders are walked: manifests and CI files, but neither charts nor what is no manifest', async () => {
  await write('tree/b/two.yml', pod('two', bad));
  await write(
    'tree/a.json',
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec: { hostPID: true, containers: [] } }),
  );
  await write('tree/tsconfig.json', '{ /* comment */ "a": 1, }');
  await write('tree/chart/Chart.yaml', 'name: x\n');
  await write('tree/chart/templates/pod.yaml', '{{ if .Values.x }}\nkind: Pod\napiVersion: v1\n{{ end }}\n');
  await write('tree/node_modules/x/pod.yaml', pod('three', bad));
  await write('tree/.gitlab-ci.yml', 'build:\n  services: ["docker:dind"]\n  script: [!reference [.a, script]]\n');
  const { code, stdout } = await run(['check', '--format', 'json', 'tree']);
  const { results, errors } = JSON.parse(stdout) as {
    readonly results: readonly { readonly file: string; readonly kind: string; readonly verdict: string }[];
    readonly errors: readonly unknown[];
  };
  expect(errors).toEqual([]);
  expect(results.map(({ file, kind, verdict }) => [file, kind, verdict])).toEqual([
    ['tree/.gitlab-ci.yml', 'GitLabPipeline', 'warn'],
    ['tree/a.json', 'Pod', 'deny'],
    ['tree/b/two.yml', 'Pod', 'deny'],
  ]);
  expect(code).toBe(1);
});

test('a configuration decides, and one that is broken is told whole', async () => {
  const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';
  const file = await write('config.yaml', `${head}namespaces: [{ match: [lab], mode: audit }]\n`);
  expect((await run(['check', '--config', file, '--namespace', 'lab', '-'], [pod('a', bad)])).code).toBe(0);
  expect((await run(['check', '--config', file, '-'], [pod('a', bad)])).code).toBe(1);
  const broken = await write('broken-config.yaml', `${head}modes: x\ndefault: { mode: loud }\n`);
  const { code, stderr } = await run(['check', '--config', broken, '-'], [pod('a')]);
  expect(code).toBe(2);
  expect(stderr).toContain('broken-config.yaml:3');
  expect(stderr).toContain('broken-config.yaml:4');
});

test('--output writes the report to a file', async () => {
  const { code, stdout } = await run(['check', '--format', 'json', '--output', 'report.json', '-'], [pod('a', bad)]);
  expect([code, stdout]).toEqual([1, '']);
  expect(JSON.parse(await readFile(join(folder.path, 'report.json'), 'utf8'))).toMatchObject({ version: 1 });
  expect((await run(['check', '--output', 'no/such/folder', '-'], [pod('a')])).code).toBe(2);
});

describe('a stream of 10,000 documents', () => {
  function* documents(count: number) {
    for (let index = 0; index < count; index++) yield `---\n${pod(`pod-${index}`, index % 50 === 0 ? bad : '')}`;
  }

  test.for(formats)('is reported in %s, in the memory that 100 take', async (format) => {
    const few = await run(['check', '--format', format, '-'], documents(100));
    const many = await run(['check', '--format', format, '-'], documents(10_000));
    expect([few.code, many.code]).toEqual([1, 1]);
    expect(many.stdout).toContain('pod-9950');
    expect(many.stdout.split('is privileged').length - 1).toBeGreaterThanOrEqual(200);
    // On a busy machine the collector comes late, which only ever adds: what grew with the stream would grow each time.
    const peaks = [many.peak];
    while (Math.min(...peaks) / few.peak >= 1.5 && peaks.length < 3) {
      peaks.push((await run(['check', '--format', format, '-'], documents(10_000))).peak);
    }
    expect(Math.min(...peaks) / few.peak).toBeLessThan(1.5);
  });
});

test("the project's own fixtures are judged in every format", async () => {
  for (const format of formats) {
    const { code, stdout } = await run(['check', '--format', format, fixtures]);
    expect(code).toBe(1);
    for (const check of ['privileged', 'engine-socket-mount', 'dind-image']) expect(stdout).toContain(check);
  }
});

describe('pratique patch', () => {
  const asking =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, labels: { mount-fuse: "true" } }\nspec: { containers: [{ name: build, image: b }] }\n';

  test('prints the pod as it would be', async () => {
    const { code, stdout } = await run(['patch', '--format', 'json', '-'], [asking]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { annotations: { 'pratique.dev/fuse-containers': 'build' } },
      spec: { runtimeClassName: 'untrusted', containers: [{ resources: { limits: { 'squat.ai/fuse': '1' } } }] },
    });
  });

  test('prints the patch, and the fields that change', async () => {
    const patch = JSON.parse((await run(['patch', '--format', 'json-patch', '-'], [asking])).stdout) as {
      path: string;
    }[];
    expect(patch.map(({ path }) => path).toSorted()).toEqual([
      '/metadata/annotations',
      '/spec/containers/0/resources',
      '/spec/runtimeClassName',
    ]);
    const { stdout } = await run(['patch', '--format', 'diff', '-'], [asking]);
    expect(stdout).toContain('+ spec.containers[0].resources.limits["squat.ai/fuse"]: "1"');
  });

  test('shows a workload by its template', async () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { template: {} as object } };
    job.spec.template = {
      metadata: { labels: { 'mount-fuse': 'true' } },
      spec: { containers: [{ name: 'build', image: 'b' }] },
    };
    const { stdout } = await run(['patch', '--format', 'diff', '-'], [JSON.stringify(job)]);
    expect(stdout).toContain('+ spec.template.spec.runtimeClassName: "untrusted"');
  });

  test('says who may not ask', async () => {
    const { code, stderr } = await run(['patch', '--namespace', 'other', '-'], [asking]);
    expect(code).toBe(1);
    expect(stderr).toContain('pods of namespace "other" may not ask for the fuse device');
  });

  test('tells what cannot be read', async () => {
    expect(await run(['patch', '-'], ['a: ['])).toMatchObject({ code: 2, stderr: expect.stringContaining('-:1:') });
    expect(await run(['patch', 'missing.yaml'])).toMatchObject({
      code: 2,
      stderr: 'missing.yaml: does not exist\n',
    });
  });
});
