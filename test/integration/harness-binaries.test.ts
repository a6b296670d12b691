import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureHelm, ensureKubernetesBinaries, ensureOldestApiServer } from '../harness/binaries.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const names = ['etcd', 'kube-apiserver', 'kubectl'];
const version = '1.2.3';
let folder: TemporaryFolder;
let lines: string[];

beforeEach(async () => {
  folder = await temporaryFolder('pratique-binaries-');
  lines = [];
  await installTools();
  await mkdir(inFolder('module'));
  await writeFile(inFolder('module', 'go.mod'), `module test\n\nrequire k8s.io/kubernetes v${version}\n`);
});
afterEach(() => folder.remove());

test('KUBEBUILDER_ASSETS comes before everything else', async () => {
  await makePrograms(inFolder('assets'), names);
  await makePrograms(cache(), names);
  const binaries = await ensure({ KUBEBUILDER_ASSETS: inFolder('assets') });
  expect(binaries.way).toBe('KUBEBUILDER_ASSETS');
  expect(binaries.path('etcd')).toBe(inFolder('assets', 'etcd'));
  expect(lines).toEqual([`Kubernetes programs from KUBEBUILDER_ASSETS: ${inFolder('assets')}`]);
});

test('a KUBEBUILDER_ASSETS that lacks a program is an error, not a reason to take another way', async () => {
  await makePrograms(inFolder('assets'), ['etcd', 'kube-apiserver']);
  await makePrograms(cache(), names);
  await expect(ensure({ KUBEBUILDER_ASSETS: inFolder('assets') })).rejects.toThrow('has no executable kubectl');
});

test('the cache comes before a build', async () => {
  await installGo('exit 1');
  await makePrograms(cache(), names);
  const binaries = await ensure();
  expect(binaries).toMatchObject({ way: 'cache', folder: cache(), version });
  expect(lines).toEqual([`Kubernetes 1.2.3 programs from the cache: ${cache()}`]);
});

test('what the cache lacks is built by Go, with the version stamped in', async () => {
  await installGo(fakeBuild);
  await makePrograms(cache(), ['etcd']);
  expect(await ensure()).toMatchObject({ way: 'go' });
  expect((await readdir(cache())).toSorted()).toEqual(names);
  expect(await readFile(join(cache(), 'etcd'), 'utf8')).toBe(program('etcd'));
  const built = await readFile(join(cache(), 'kube-apiserver'), 'utf8');
  expect(built).toContain('-X k8s.io/component-base/version.gitVersion=v1.2.3');
  expect(built).toContain('CGO_ENABLED=0');
  expect(lines.filter((line) => line.includes('built in'))).toHaveLength(2);
  expect(await ensure()).toMatchObject({ way: 'cache' });
});

test('kube-controller-manager is built only when asked for', async () => {
  await installGo(fakeBuild);
  await makePrograms(cache(), names);
  expect(await ensure()).toMatchObject({ way: 'cache' });
  expect(await ensure({}, true)).toMatchObject({ way: 'go' });
  expect(await readdir(cache())).toContain('kube-controller-manager');
});

test('helm comes from a module of its own, which names its version', async () => {
  await installGo(fakeBuild);
  await writeFile(inFolder('module', 'go.mod'), 'module test\n\nrequire (\n\thelm.sh/helm/v4 v4.5.6 // indirect\n)\n');
  const helm = await ensureHelm(options());
  expect(helm).toMatchObject({ way: 'go', version: '4.5.6', folder: inFolder('cache', 'pratique', 'helm-4.5.6') });
  expect(await readFile(helm.path('helm'), 'utf8')).toContain('version.version=v4.5.6');
  await makePrograms(inFolder('assets'), ['helm']);
  const own = await ensureHelm(options({ PRATIQUE_HELM: inFolder('assets') }));
  expect(own).toMatchObject({ way: 'PRATIQUE_HELM', folder: inFolder('assets') });
});

test('of the oldest Kubernetes only the API server is got, from Go or not at all', async () => {
  await expect(ensureOldestApiServer(options())).rejects.toThrow(/need kube-apiserver of Kubernetes 1\.2\.3/);
  await installGo(fakeBuild);
  expect(await ensureOldestApiServer(options())).toMatchObject({ way: 'go', folder: cache() });
  expect(await readdir(cache())).toEqual(['kube-apiserver']);
});

test('a build that fails half-way says why and leaves nothing behind', async () => {
  await installGo(`case "$*" in *kubectl*) echo "out of luck" >&2; exit 3;; esac\n${fakeBuild}`);
  await expect(ensure()).rejects.toThrow(/go: building kubectl failed \(exit 3\):\n\s+out of luck/);
  await expectNothingLeft();
});

test('two processes at once build once', async () => {
  await installGo(`echo build >> ${inFolder('builds')}; sleep 0.3; ${fakeBuild}`);
  const [first, second] = await Promise.all([ensure(), ensure()]);
  expect([first.way, second.way].toSorted()).toEqual(['cache', 'go']);
  expect((await readFile(inFolder('builds'), 'utf8')).split('\n').filter((line) => line !== '')).toHaveLength(3);
  expect(await readdir(inFolder('cache', 'pratique'))).toEqual([`kubernetes-${version}`]);
});

test('the lock of a dead process is taken over', async () => {
  await installGo(fakeBuild);
  await mkdir(inFolder('cache', 'pratique'), { recursive: true });
  const lock = `${cache()}.lock`;
  await writeFile(lock, '');
  const aMinuteAgo = new Date(Date.now() - 60_000);
  await utimes(lock, aMinuteAgo, aMinuteAgo);
  expect(await ensure()).toMatchObject({ way: 'go' });
});

test.for([
  ['SHA-256', 'PRATIQUE_ENVTEST_SHA256', 'sha256'],
  ['SHA-512', 'PRATIQUE_ENVTEST_SHA512', 'sha512'],
] as const)('without Go the archive is taken when its %s is right', async ([, variable, algorithm]) => {
  const { baseUrl, hash } = await serveArchive(algorithm);
  const binaries = await ensure({ PRATIQUE_ENVTEST_BASE_URL: baseUrl, [variable]: hash });
  expect(binaries.way).toBe('archive');
  expect((await readdir(cache())).toSorted()).toEqual(names);
  const { stdout } = await runProcess(binaries.path('kubectl'), []);
  expect(stdout).toBe('kubectl\n');
});

test('an archive with another hash is refused and nothing is left behind', async () => {
  const { baseUrl } = await serveArchive('sha256');
  const wrong = '0'.repeat(64);
  await expect(ensure({ PRATIQUE_ENVTEST_BASE_URL: baseUrl, PRATIQUE_ENVTEST_SHA256: wrong })).rejects.toThrow(
    `is refused: its sha256 is`,
  );
  await expectNothingLeft();
});

test('an archive without a pinned hash is not even asked for', async () => {
  const { baseUrl, requests } = await serveArchive('sha256');
  await expect(ensure({ PRATIQUE_ENVTEST_BASE_URL: baseUrl })).rejects.toThrow(
    /no hash is pinned for envtest-v1\.2\.3-\S+\.tar\.gz.*PRATIQUE_ENVTEST_SHA256/,
  );
  expect(requests).toEqual([]);
});

test.for([
  ['a hash of no known length', { PRATIQUE_ENVTEST_SHA256: 'abc', path: '' }, '"abc" is neither'],
  ['a server that lacks the archive', { PRATIQUE_ENVTEST_SHA256: '0'.repeat(64), path: '/elsewhere' }, 'HTTP 404'],
] as const)('%s is said', async ([, { path, ...env }, message]) => {
  const { baseUrl } = await serveArchive('sha256');
  await expect(ensure({ PRATIQUE_ENVTEST_BASE_URL: `${baseUrl}${path}`, ...env })).rejects.toThrow(message);
  await expectNothingLeft();
});

test('when no way works the error gives each reason and what to do', async () => {
  const error = await ensure().catch((reason: unknown) => reason);
  const text = error instanceof Error ? error.message : '';
  for (const part of [
    'KUBEBUILDER_ASSETS is not set',
    `not in ${cache()}`,
    'go: no `go` command',
    'archive: no hash',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain('Do one of these, then run `npm run kube:setup` again');
  await expectNothingLeft();
});

/** A `go` that writes, to the file after -o, a program that holds what it was called with. */
const fakeBuild = `
stamp="CGO_ENABLED=$CGO_ENABLED $*"
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n# %s\\n' "$stamp" > "$2"
chmod +x "$2"`;

function inFolder(...parts: readonly string[]): string {
  return join(folder.path, ...parts);
}

function cache(): string {
  return inFolder('cache', 'pratique', `kubernetes-${version}`);
}

function ensure(env: Readonly<Record<string, string>> = {}, controllerManager = false) {
  return ensureKubernetesBinaries({ controllerManager, ...options(env) });
}

function options(env: Readonly<Record<string, string>> = {}) {
  return {
    moduleFolder: inFolder('module'),
    env: { PATH: inFolder('bin'), XDG_CACHE_HOME: inFolder('cache'), ...env },
    log: (line: string) => lines.push(line),
  };
}

function program(name: string): string {
  return `#!/bin/sh\necho ${name}\n`;
}

async function makePrograms(at: string, which: readonly string[]): Promise<void> {
  await mkdir(at, { recursive: true });
  for (const name of which) await writeFile(join(at, name), program(name), { mode: 0o755 });
}

/** Makes a PATH of its own, so that a Go that the machine may have is not found. */
async function installTools(): Promise<void> {
  await mkdir(inFolder('bin'));
  for (const tool of ['chmod', 'gzip', 'sleep', 'tar']) {
    const { stdout } = await runProcess('sh', ['-c', `command -v ${tool}`]);
    await symlink(stdout.trim(), inFolder('bin', tool));
  }
}

async function installGo(script: string): Promise<void> {
  await writeFile(inFolder('bin', 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(inFolder('bin', 'go'), 0o755);
}

/** Serves one archive of programs as controller-tools does. */
async function serveArchive(algorithm: 'sha256' | 'sha512') {
  await makePrograms(inFolder('archive', 'controller-tools', 'envtest'), names);
  const tar = ['-czf', inFolder('archive.tar.gz'), '-C', inFolder('archive'), 'controller-tools'];
  expect(await runProcess('tar', tar)).toMatchObject({ code: 0 });
  const bytes = await readFile(inFolder('archive.tar.gz'));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const isKnown = /^\/envtest-v1\.2\.3\/envtest-v1\.2\.3-[a-z0-9]+-[a-z0-9]+\.tar\.gz$/.test(request.url ?? '');
    response.writeHead(isKnown ? 200 : 404, { connection: 'close' }).end(isKnown ? bytes : 'not here');
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { baseUrl, requests, hash: createHash(algorithm).update(bytes).digest('hex') };
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(inFolder('cache', 'pratique'))).toEqual([]);
}
