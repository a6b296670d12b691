import { constants } from 'node:fs';
import { access, chmod, copyFile, glob, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../harness/ports.ts';
import {
  type ManagedProcess,
  runProcess,
  startProcess,
  type TemporaryFolder,
  temporaryFolder,
} from '../harness/processes.ts';
import { isReady } from '../harness/readiness.ts';
import { podReview, postReview } from '../harness/review.ts';
import { waitFor } from '../harness/waiting.ts';
import { type Dockerfile, followStage, type Instruction, parseDockerfile } from './dockerfile.ts';

// The image without a container engine: the Dockerfile's own instructions are followed in temporary folders, and what
// its last stage would hold is run from there as the image's user (only root can do so; others run it as themselves).

const repository = fileURLToPath(new URL('../../', import.meta.url));
const imageUser = 65_532;
const isRoot = process.getuid?.() === 0;

let temporary: TemporaryFolder;
let dockerfile: Dockerfile;
/** Where the root of the image is, and where in it the program is. */
let image: string;
let app: string;
let node: string;

beforeAll(async () => {
  if (!isRoot) console.warn(`Not root: the program runs as user ${process.getuid?.()} and not as ${imageUser}.`);
  dockerfile = parseDockerfile(await readFile(join(repository, 'Dockerfile'), 'utf8'));
  temporary = await temporaryFolder('pratique-image-');
  const stages: Record<string, string> = {};
  for (const stage of dockerfile.stages) {
    const root = join(temporary.path, stage.name || 'image');
    await mkdir(root);
    const folder = await followStage(stage, { root, stages, context: repository, run });
    stages[stage.name] = root;
    image = root;
    app = join(root, folder);
  }
  // Not where the repository is, which another user may not be able to read.
  node = join(temporary.path, 'node');
  await copyFile(process.execPath, node, constants.COPYFILE_FICLONE);
  await chmod(temporary.path, 0o755);
  await runProcess('chmod', ['-R', 'a-w', image]);
}, 300_000);

afterAll(async () => {
  await runProcess('chmod', ['-R', 'u+w', image]);
  await temporary.remove();
});

test('the stages take their bases from arguments that a digest fits into', () => {
  const declared = dockerfile.preamble.map(({ keyword, words }) => `${keyword} ${words.join(' ').split('=')[0]}`);
  expect(declared).toEqual(['ARG BUILDER', 'ARG BASE']);
  expect(dockerfile.stages.map(({ name, base }) => [name, base])).toEqual([
    ['build', '${BUILDER}'],
    ['dependencies', '${BUILDER}'],
    ['', '${BASE}'],
  ]);
});

test('the image needs no shell, no root and no write permission', () => {
  const last = dockerfile.stages.at(-1)?.instructions ?? [];
  const of = (keyword: string) => last.filter((instruction) => instruction.keyword === keyword);
  expect(of('RUN')).toEqual([]);
  expect(of('USER').map(({ words }) => words)).toEqual([[`${imageUser}:${imageUser}`]]);
  expect([...of('ENTRYPOINT'), ...of('CMD')].every(({ isExec }) => isExec)).toBe(true);
  const owners: readonly Instruction[] = of('COPY').filter(({ flags }) => flags['chown'] !== undefined);
  expect(owners).toEqual([]);
});

test('it is labelled with the version of package.json', async () => {
  const { version } = await readJson<{ readonly version: string }>(join(repository, 'package.json'));
  const last = dockerfile.stages.at(-1)?.instructions ?? [];
  const args = last.filter(({ keyword }) => keyword === 'ARG').flatMap(({ words }) => words);
  expect(args).toContain(`VERSION=${version}`);
});

test('the image holds the program, its production dependencies and nothing else', async () => {
  expect((await readdir(app)).toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
  const lock = await readJson<Lock>(join(repository, 'package-lock.json'));
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
  const wanted = locked.filter(([, { dev, devOptional, optional }]) => !(dev || devOptional || optional));
  const unwanted = locked.filter(([, { dev }]) => dev);
  const missing = await absent(wanted.map(([path]) => path));
  expect(missing).toEqual([]);
  expect((await absent(unwanted.map(([path]) => path))).length).toBe(unwanted.length);
  expect(unwanted.length).toBeGreaterThan(0);
});

test('it is the same for all architectures', async () => {
  const compiled: string[] = [];
  for await (const path of glob('**/*.{node,so,dll,dylib,wasm}', { cwd: app })) compiled.push(path);
  expect(compiled).toEqual([]);
  const { packages } = await readJson<Lock>(join(app, 'node_modules/.package-lock.json'));
  const withScripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
  expect(withScripts).toEqual([]);
});

test('it explains itself and shows its configuration', async () => {
  const help = await runProcess(...commandLine(['--help']), options());
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('pratique serve');
  const shown = await runProcess(...commandLine(['config', 'show']), options());
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toContain('kind: PratiqueConfiguration');
});

test('it serves reviews with a certificate of its own, records them on standard output, and ends in order', async () => {
  const [port = 0, healthPort = 0] = await freePorts(2);
  const lines: string[] = [];
  const args = ['serve', '--host', '127.0.0.1', '--port', `${port}`, '--health-port', `${healthPort}`, '--drain', '0s'];
  const onLine = (line: string, stream: 'stdout' | 'stderr') => void (stream === 'stdout' && lines.push(line));
  const running = await startProcess(...commandLine(args), { ...options(), onLine });
  try {
    await waitFor('the program to be ready', () => isReady(`http://127.0.0.1:${healthPort}/readyz`));
    expect(await userOf(running)).toBe(isRoot ? imageUser : process.getuid?.());
    const agent = new Agent({ rejectUnauthorized: false }); // it signed the certificate itself, just now
    const target = { port, agent };
    const clean = podReview({ object: pod({}), uid: 'clean' });
    expect(await postReview(target, '/validate', clean)).toMatchObject({ uid: 'clean', allowed: true });
    const privileged = podReview({ object: pod({ securityContext: { privileged: true } }), uid: 'privileged' });
    expect(await postReview(target, '/validate', privileged)).toMatchObject({ uid: 'privileged', allowed: false });
    agent.destroy();
  } finally {
    await running.stop();
  }
  expect(await running.exited).toEqual({ code: 0, signal: null });
  const records = lines.filter((line) => line.startsWith('{"v":')).map((line) => JSON.parse(line) as object);
  expect(records).toMatchObject([{ uid: 'privileged', decision: 'deny' }]);
});

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly dev?: boolean;
        readonly devOptional?: boolean;
        readonly optional?: boolean;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

/** Does what the Dockerfile's RUN lines ask; of `npm ci` with the development dependencies only the result. */
async function run(words: readonly string[], folder: string): Promise<void> {
  const [program = '', ...args] = words;
  if (program === 'npm' && args[0] === 'ci' && !args.includes('--omit=dev')) {
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  if (program !== 'npm' && program !== 'node') throw new Error(`RUN ${program} is not followed here.`);
  const more = program === 'npm' ? ['--prefer-offline'] : [];
  const command = program === 'npm' ? program : process.execPath;
  const done = await runProcess(command, [...args, ...more], { cwd: folder, env: environment(), timeoutMs: 240_000 });
  if (done.code !== 0) throw new Error(`RUN ${words.join(' ')} ended with ${done.code}:\n${done.stdout}${done.stderr}`);
}

/** Without what `npm test` says of this package to its scripts: the install is of another folder. */
function environment(): NodeJS.ProcessEnv {
  const isOfThisRun = (name: string) => /^npm_(lifecycle_|package_|config_local_prefix$)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfThisRun(name)));
}

/** ENTRYPOINT with other arguments than CMD, on this machine. */
function commandLine(args: readonly string[]): [string, readonly string[]] {
  const entry = dockerfile.stages.at(-1)?.instructions.find(({ keyword }) => keyword === 'ENTRYPOINT')?.words ?? [];
  const [program, ...first] = entry;
  if (program !== 'node') throw new Error(`ENTRYPOINT starts ${program}, not node.`);
  return [node, [...first.map((word) => (word.startsWith('/') ? join(image, word) : word)), ...args]];
}

/** In a folder that it may not write to, with no other one to write to. */
function options() {
  const env = { PATH: '/nowhere', HOME: app, TMPDIR: app };
  return { cwd: app, env, ...(isRoot ? { user: imageUser } : {}) };
}

async function absent(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(join(app, path)).then(
        () => [],
        () => [path],
      ),
    ),
  );
  return found.flat();
}

async function userOf({ pid }: ManagedProcess): Promise<number> {
  return Number(/^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function pod(container: object): object {
  const containers = [{ name: 'app', image: 'registry.example.com/app:1', ...container }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'default' }, spec: { containers } };
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
