import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Attempt, BinaryName, Source } from './binaries-source.ts';
import { type ManagedProcess, startProcess } from './processes.ts';

const heartbeatMs = 15_000;

const packages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
} as const satisfies Record<BinaryName, string>;

/** Reads the Kubernetes version that a go.mod requires, without "v"; throws when it names none. */
export async function moduleVersion(moduleFolder: string): Promise<string> {
  const text = await readFile(join(moduleFolder, 'go.mod'), 'utf8');
  const version = /^(?:require\s+|\t)k8s\.io\/kubernetes v(\S+)/m.exec(text)?.[1];
  if (version === undefined) throw new Error(`${join(moduleFolder, 'go.mod')} does not require k8s.io/kubernetes.`);
  return version;
}

/** Builds programs from the committed Go module; its go.sum pins every byte of the sources. */
export async function buildFromModule(source: Source, moduleFolder: string): Promise<Attempt> {
  const files = new Map<BinaryName, string>();
  for (const name of source.names) {
    const file = join(source.folder, name);
    const failure = await build(name, file, source, moduleFolder);
    if (failure !== undefined) return { kind: 'impossible', reason: failure };
    files.set(name, file);
  }
  return { kind: 'done', files };
}

async function build(name: BinaryName, file: string, source: Source, cwd: string): Promise<string | undefined> {
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1_000)} s`;
  const lastLines: string[] = [];
  source.log(`${name}: building (minutes where Go's build cache is empty)`);
  const go = await startGo(name, file, source, cwd, (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  });
  if (go === undefined) return 'no `go` command on PATH';
  const heartbeat = setInterval(() => source.log(`${name}: still building after ${seconds()}`), heartbeatMs);
  try {
    const { code, signal } = await go.exited;
    if (code !== 0) return [`building ${name} failed (${signal ?? `exit ${code}`}):`, ...lastLines].join('\n    ');
    source.log(`${name}: built in ${seconds()}`);
    return undefined;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Returns undefined where Go is not installed. */
async function startGo(
  name: BinaryName,
  file: string,
  source: Source,
  cwd: string,
  onLine: (line: string) => void,
): Promise<ManagedProcess | undefined> {
  const args = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', linkerFlags(source.version)];
  // GOWORK=off: a go.work file above the checkout would replace the committed module.
  const env = { ...source.env, CGO_ENABLED: '0', GOWORK: 'off' };
  try {
    const go = await startProcess('go', [...args, '-o', file, packages[name]], { cwd, env, onLine });
    yieldToOthers(go.pid);
    return go;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** People work while this runs. It may have ended already, or run with an even lower priority. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {}
}

/** Without the version stamps the API server calls itself v0.0.0 and kubectl warns of a version skew. */
function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const stamps = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = Object.entries(stamps).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...flags].join(' ');
}
