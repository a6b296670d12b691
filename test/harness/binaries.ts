import { constants } from 'node:fs';
import { access, mkdir, rename, rmdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadArchive } from './binaries-archive.ts';
import { buildFromModule, moduleVersion } from './binaries-build.ts';
import type { BinaryName, Source } from './binaries-source.ts';
import { withLock } from './lock.ts';
import { runProcess, temporaryFolder } from './processes.ts';

/** Where the programs came from. */
type BinariesWay = 'KUBEBUILDER_ASSETS' | 'cache' | 'go' | 'archive';

/** What `ensureKubernetesBinaries` needs to know; all of it has a default. */
export interface BinariesOptions {
  /** Adds kube-controller-manager, which no archive has and which costs a longer build. */
  readonly controllerManager?: boolean;
  /** Read for KUBEBUILDER_ASSETS, XDG_CACHE_HOME, HOME, PATH and PRATIQUE_ENVTEST_*; passed on to `go`. */
  readonly env?: NodeJS.ProcessEnv;
  /** The folder of the go.mod that names the versions. */
  readonly moduleFolder?: string;
  readonly log?: (line: string) => void;
}

/** A folder with the programs in it. */
export interface KubernetesBinaries {
  readonly way: BinariesWay;
  readonly folder: string;
  /** The version that go.mod names, without "v"; programs from KUBEBUILDER_ASSETS may be of another one. */
  readonly version: string;
  path(name: BinaryName): string;
}

const committedModule = fileURLToPath(new URL('kubernetes', import.meta.url));

/**
 * Finds or gets etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, the cache, a build from the Go module, the
 * official archive, in this order. Throws with a reason for each way and what to do when none works.
 */
export async function ensureKubernetesBinaries(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  const env = options.env ?? process.env;
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const moduleFolder = options.moduleFolder ?? committedModule;
  const version = await moduleVersion(moduleFolder);
  const names: BinaryName[] = ['etcd', 'kubectl', 'kube-apiserver'];
  if (options.controllerManager === true) names.push('kube-controller-manager');

  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') return fromAssets(assets, names, version, log);
  const cache = join(cacheFolder(env), `kubernetes-${version}`);
  if ((await missingIn(cache, names)).length === 0) return found('cache', cache, version, log);
  await mkdir(cache, { recursive: true });
  const way = await withLock(`${cache}.lock`, log, async () => {
    const missing = await missingIn(cache, names);
    if (missing.length === 0) return 'cache'; // another process got them while this one waited
    return fill(cache, { version, names: missing, env, log }, moduleFolder);
  });
  return found(way, cache, version, log);
}

/** Asks a program for its version, e.g. "Kubernetes v1.37.1"; throws when it does not run. */
export async function programVersion(binaries: KubernetesBinaries, name: BinaryName): Promise<string> {
  const args = name === 'kubectl' ? ['version', '--client'] : ['--version'];
  const { code, stdout, stderr } = await runProcess(binaries.path(name), args);
  if (code !== 0) throw new Error(`${binaries.path(name)} ${args.join(' ')} failed: ${stderr}`);
  return stdout.split('\n', 1)[0] ?? '';
}

/** Gets the missing programs and moves them into the cache one by one: each is there whole or not at all. */
async function fill(cache: string, wanted: Omit<Source, 'folder'>, moduleFolder: string): Promise<BinariesWay> {
  const reasons: string[] = [];
  const ways = { go: (source: Source) => buildFromModule(source, moduleFolder), archive: downloadArchive };
  for (const way of ['go', 'archive'] as const) {
    const folder = await temporaryFolder('.partial-', cache);
    try {
      const attempt = await ways[way]({ ...wanted, folder: folder.path });
      if (attempt.kind === 'impossible') {
        wanted.log(`${way}: ${attempt.reason}`);
        reasons.push(`${way}: ${attempt.reason}`);
        continue;
      }
      for (const [name, file] of attempt.files) await rename(file, join(cache, name));
      return way;
    } finally {
      await folder.remove();
    }
  }
  await rmdir(cache).catch(() => undefined); // only when empty: leave no trace of a failure
  throw new Error(adviceFor(wanted, cache, reasons));
}

async function fromAssets(
  folder: string,
  names: readonly BinaryName[],
  version: string,
  log: (line: string) => void,
): Promise<KubernetesBinaries> {
  const missing = await missingIn(folder, names);
  if (missing.length === 0) return found('KUBEBUILDER_ASSETS', folder, version, log);
  // An explicit choice that cannot be followed is an error, not a reason to build for minutes.
  throw new Error(
    `KUBEBUILDER_ASSETS=${folder} has no executable ${missing.join(', ')}. ` +
      'Point it to a folder that has, or unset it so that `npm run kube:setup` gets them.',
  );
}

function found(way: BinariesWay, folder: string, version: string, log: (line: string) => void): KubernetesBinaries {
  const origin = {
    KUBEBUILDER_ASSETS: 'KUBEBUILDER_ASSETS',
    cache: 'the cache',
    go: 'a Go build',
    archive: 'the archive',
  };
  const stamped = way === 'KUBEBUILDER_ASSETS' ? '' : ` ${version}`;
  log(`Kubernetes${stamped} programs from ${origin[way]}: ${folder}`);
  return { way, folder, version, path: (name) => join(folder, name) };
}

/** The XDG base directory specification: a relative XDG_CACHE_HOME is to be ignored. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'pratique');
}

async function missingIn(folder: string, names: readonly BinaryName[]): Promise<readonly BinaryName[]> {
  const missing: BinaryName[] = [];
  for (const name of names) if (!(await isProgram(join(folder, name)))) missing.push(name);
  return missing;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function adviceFor(wanted: Omit<Source, 'folder'>, cache: string, reasons: readonly string[]): string {
  return [
    `Tests and the demo need ${wanted.names.join(', ')} of Kubernetes ${wanted.version}, and no way to get them worked:`,
    '- KUBEBUILDER_ASSETS is not set',
    `- cache: not in ${cache}`,
    ...reasons.map((reason) => `- ${reason}`),
    'Do one of these, then run `npm run kube:setup` again:',
    '- install Go (the version that test/harness/kubernetes/go.mod names, or newer) with access to a Go module proxy;',
    '- set KUBEBUILDER_ASSETS to a folder that has them;',
    '- set PRATIQUE_ENVTEST_SHA256 (or _SHA512) to the hash of the official envtest archive.',
  ].join('\n');
}
