import { constants } from 'node:fs';
import { access, mkdir, rename, rmdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadArchive } from './binaries-archive.ts';
import { buildFromModule, moduleVersion } from './binaries-build.ts';
import type { BinaryName, ProgramSet, Source } from './binaries-source.ts';
import { withLock } from './lock.ts';
import { runProcess, temporaryFolder } from './processes.ts';

/** Where the programs came from: `cache`, `go`, `archive`, or the environment variable that names their folder. */
type BinariesWay = string;

const origins: Readonly<Record<string, string>> = { cache: 'the cache', go: 'a Go build', archive: 'the archive' };

/** What getting programs needs to know; all of it has a default. */
export interface BinariesOptions {
  /** Adds kube-controller-manager, which no archive has and which costs a longer build. */
  readonly controllerManager?: boolean;
  /** Read for the variables that name folders, XDG_CACHE_HOME, HOME, PATH and PRATIQUE_ENVTEST_*; passed on to `go`. */
  readonly env?: NodeJS.ProcessEnv;
  /** The folder of the go.mod that names the versions. */
  readonly moduleFolder?: string;
  readonly log?: (line: string) => void;
}

/** A folder with the programs in it. */
export interface KubernetesBinaries {
  readonly way: BinariesWay;
  readonly folder: string;
  /** The version that go.mod names, without "v"; programs from an environment variable's folder may be of another one. */
  readonly version: string;
  path(name: BinaryName): string;
}

const moduleFolder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const newest: ProgramSet = {
  project: 'Kubernetes',
  module: 'k8s.io/kubernetes',
  moduleFolder: moduleFolder('kubernetes'),
  variable: 'KUBEBUILDER_ASSETS',
  hasArchive: true,
};

/** The oldest supported Kubernetes: its API server is all that differs for us. */
const oldest: ProgramSet = {
  ...newest,
  moduleFolder: moduleFolder('kubernetes-1.34'),
  variable: 'PRATIQUE_OLDEST_KUBERNETES',
  hasArchive: false,
};

const helm: ProgramSet = {
  project: 'Helm',
  module: 'helm.sh/helm/v4',
  moduleFolder: moduleFolder('helm'),
  variable: 'PRATIQUE_HELM',
  hasArchive: false,
};

const prometheus: ProgramSet = {
  project: 'Prometheus',
  module: 'github.com/prometheus/prometheus',
  moduleFolder: moduleFolder('prometheus'),
  variable: 'PRATIQUE_PROMETHEUS',
  hasArchive: false,
  tags: 'remove_all_sd', // without service discovery, and so without the libraries of two dozen clouds
};

const actionlint: ProgramSet = {
  project: 'actionlint',
  module: 'github.com/rhysd/actionlint',
  moduleFolder: moduleFolder('actionlint'),
  variable: 'PRATIQUE_ACTIONLINT',
  hasArchive: false,
};

const gojq: ProgramSet = {
  project: 'gojq',
  module: 'github.com/itchyny/gojq',
  moduleFolder: moduleFolder('gojq'),
  variable: 'PRATIQUE_GOJQ',
  hasArchive: false,
};

const kyverno: ProgramSet = {
  project: 'Kyverno',
  module: 'github.com/kyverno/kyverno',
  moduleFolder: moduleFolder('kyverno'),
  variable: 'PRATIQUE_KYVERNO',
  hasArchive: false,
};

/**
 * Finds or gets etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, the cache, a build from the Go module, the
 * official archive, in this order. Throws with a reason for each way and what to do when none works.
 */
export function ensureKubernetesBinaries(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  const names: BinaryName[] = ['etcd', 'kubectl', 'kube-apiserver'];
  if (options.controllerManager === true) names.push('kube-controller-manager');
  return ensurePrograms(newest, names, options);
}

/** Finds or gets kube-apiserver of the oldest supported Kubernetes: PRATIQUE_OLDEST_KUBERNETES, the cache, a Go build. */
export function ensureOldestApiServer(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(oldest, ['kube-apiserver'], options);
}

/** Finds or gets helm: a folder named by PRATIQUE_HELM, the cache, a Go build. */
export function ensureHelm(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(helm, ['helm'], options);
}

/** Finds or gets promtool and prometheus: a folder named by PRATIQUE_PROMETHEUS, the cache, a Go build of some minutes. */
export function ensurePrometheus(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(prometheus, ['promtool', 'prometheus'], options);
}

/** Finds or gets actionlint: a folder named by PRATIQUE_ACTIONLINT, the cache, a Go build. */
export function ensureActionlint(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(actionlint, ['actionlint'], options);
}

/** Finds or gets gojq, which understands what jq does: a folder named by PRATIQUE_GOJQ, the cache, a Go build. */
export function ensureGojq(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(gojq, ['gojq'], options);
}

/** Finds or gets Kyverno's CLI: a folder named by PRATIQUE_KYVERNO with a `kyverno` in it, the cache, a Go build. */
export function ensureKyverno(options: BinariesOptions = {}): Promise<KubernetesBinaries> {
  return ensurePrograms(kyverno, ['kyverno'], options);
}

async function ensurePrograms(
  committed: ProgramSet,
  names: readonly BinaryName[],
  options: BinariesOptions,
): Promise<KubernetesBinaries> {
  const env = options.env ?? process.env;
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const set = { ...committed, moduleFolder: options.moduleFolder ?? committed.moduleFolder };
  const version = await moduleVersion(set);
  const assets = env[set.variable];
  if (assets !== undefined && assets !== '') return fromAssets(assets, names, set, version, log);
  const cache = join(cacheFolder(env), `${set.project.toLowerCase()}-${version}`);
  if ((await missingIn(cache, names)).length === 0) return found('cache', cache, set, version, log);
  await mkdir(cache, { recursive: true });
  const way = await withLock(`${cache}.lock`, log, async () => {
    const missing = await missingIn(cache, names);
    if (missing.length === 0) return 'cache'; // another process got them while this one waited
    return fill(cache, { set, version, names: missing, env, log });
  });
  return found(way, cache, set, version, log);
}

const versionArguments: Readonly<Partial<Record<BinaryName, readonly string[]>>> = {
  kubectl: ['version', '--client'],
  helm: ['version', '--short'],
  kyverno: ['version'],
};

/** Asks a program for its version, e.g. "Kubernetes v1.37.1"; throws when it does not run. */
export async function programVersion(binaries: KubernetesBinaries, name: BinaryName): Promise<string> {
  const args = versionArguments[name] ?? ['--version'];
  const { code, stdout, stderr } = await runProcess(binaries.path(name), args);
  if (code !== 0) throw new Error(`${binaries.path(name)} ${args.join(' ')} failed: ${stderr}`);
  return stdout.split('\n', 1)[0] ?? '';
}

/** Gets the missing programs and moves them into the cache one by one: each is there whole or not at all. */
async function fill(cache: string, wanted: Omit<Source, 'folder'>): Promise<BinariesWay> {
  const reasons: string[] = [];
  const ways = { go: buildFromModule, ...(wanted.set.hasArchive ? { archive: downloadArchive } : {}) };
  for (const [way, get] of Object.entries(ways)) {
    const folder = await temporaryFolder('.partial-', cache);
    try {
      const attempt = await get({ ...wanted, folder: folder.path });
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
  set: ProgramSet,
  version: string,
  log: (line: string) => void,
): Promise<KubernetesBinaries> {
  const missing = await missingIn(folder, names);
  if (missing.length === 0) return found(set.variable, folder, set, version, log);
  // An explicit choice that cannot be followed is an error, not a reason to build for minutes.
  throw new Error(
    `${set.variable}=${folder} has no executable ${missing.join(', ')}. ` +
      'Point it to a folder that has, or unset it so that `npm run kube:setup` gets them.',
  );
}

function found(
  way: BinariesWay,
  folder: string,
  { project, variable }: ProgramSet,
  version: string,
  log: (line: string) => void,
): KubernetesBinaries {
  const origin = origins[way] ?? way;
  const stamped = way === variable ? '' : ` ${version}`;
  log(`${project}${stamped} programs from ${origin}: ${folder}`);
  return { way, folder, version, path: (name) => join(folder, name) };
}

/** Names the folder that keeps what tests fetch; a relative XDG_CACHE_HOME is to be ignored (XDG base directory specification). */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
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
  const { project, moduleFolder, variable, hasArchive } = wanted.set;
  const names = wanted.names.join(', ');
  return [
    `Tests and the demo need ${names} of ${project} ${wanted.version}, and no way to get them worked:`,
    `- ${variable} is not set`,
    `- cache: not in ${cache}`,
    ...reasons.map((reason) => `- ${reason}`),
    'Do one of these, then run `npm run kube:setup` again:',
    `- install Go (the version that ${relative(process.cwd(), join(moduleFolder, 'go.mod'))} names, or newer) with access to a Go module proxy;`,
    `- set ${variable} to a folder that has them;`,
    ...(hasArchive ? ['- set PRATIQUE_ENVTEST_SHA256 (or _SHA512) to the hash of the official envtest archive.'] : []),
  ].join('\n');
}
