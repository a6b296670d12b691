import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Attempt, BinaryName, ProgramSet, Source } from './binaries-source.ts';
import { type ManagedProcess, startProcess } from './processes.ts';

const heartbeatMs = 15_000;

const packages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  helm: 'helm.sh/helm/v4/cmd/helm',
  prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
  promtool: 'github.com/prometheus/prometheus/cmd/promtool',
  actionlint: 'github.com/rhysd/actionlint/cmd/actionlint',
  gojq: 'github.com/itchyny/gojq/cmd/gojq',
  kyverno: 'github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno',
} as const satisfies Record<BinaryName, string>;

/** Reads the version that a set's go.mod requires, without "v"; throws when it names none. */
export async function moduleVersion({ module, moduleFolder }: Pick<ProgramSet, 'module' | 'moduleFolder'>) {
  const file = join(moduleFolder, 'go.mod');
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [name, version] = line
      .trim()
      .replace(/^require /, '')
      .split(' ');
    if (name === module && version?.startsWith('v') === true) return version.slice(1);
  }
  throw new Error(`${file} does not require ${module}.`);
}

/** Builds programs from the committed Go module; its go.sum pins every byte of the sources. */
export async function buildFromModule(source: Source): Promise<Attempt> {
  const files = new Map<BinaryName, string>();
  for (const name of source.names) {
    const file = join(source.folder, name);
    const failure = await build(name, file, source);
    if (failure !== undefined) return { kind: 'impossible', reason: failure };
    files.set(name, file);
  }
  return { kind: 'done', files };
}

async function build(name: BinaryName, file: string, source: Source): Promise<string | undefined> {
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1_000)} s`;
  const lastLines: string[] = [];
  source.log(`${name}: building (minutes where Go's build cache is empty)`);
  const go = await startGo(name, file, source, (line) => {
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
  onLine: (line: string) => void,
): Promise<ManagedProcess | undefined> {
  const tags = source.set.tags === undefined ? [] : ['-tags', source.set.tags];
  const args = ['build', ...tags, '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', linkerFlags(source)];
  // GOWORK=off: a go.work file above the checkout would replace the committed module.
  const env = { ...source.env, CGO_ENABLED: '0', GOWORK: 'off' };
  try {
    const go = await startProcess('go', [...args, '-o', file, packages[name]], {
      cwd: source.set.moduleFolder,
      env,
      onLine,
    });
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

/** Without the stamps the API server calls itself v0.0.0, kubectl warns of a version skew, and helm leaves out the patch. */
function linkerFlags({ set, version }: Source): string {
  const [major = '', minor = ''] = version.split('.');
  const stamps = {
    Kubernetes: {
      'k8s.io/component-base/version.gitVersion': `v${version}`,
      'k8s.io/component-base/version.gitMajor': major,
      'k8s.io/component-base/version.gitMinor': minor,
      'k8s.io/component-base/version.gitTreeState': 'clean',
    },
    Helm: { 'helm.sh/helm/v4/internal/version.version': `v${version}` },
    Prometheus: { 'github.com/prometheus/common/version.Version': version },
    actionlint: {},
    gojq: {},
    Kyverno: { 'github.com/kyverno/kyverno/pkg/version.BuildVersion': version },
  }[set.project];
  return ['-s', '-w', ...Object.entries(stamps).map(([key, value]) => `-X ${key}=${value}`)].join(' ');
}
