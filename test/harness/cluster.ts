import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, type ClientOptions, createApiClient } from './api-client.ts';
import { type AuditEvent, readAuditLog } from './audit.ts';
import {
  type BinariesOptions,
  ensureKubernetesBinaries,
  ensureOldestApiServer,
  type KubernetesBinaries,
} from './binaries.ts';
import {
  apiServerFlags,
  type ControlPlaneFiles,
  type ControlPlanePorts,
  controllerManagerFlags,
  etcdFlags,
  writeControlPlaneFiles,
} from './control-plane.ts';
import { freePorts } from './ports.ts';
import { type Exit, type ManagedProcess, runProcess, startProcess, temporaryFolder } from './processes.ts';
import { HopelessError, waitFor } from './waiting.ts';

/** What a test may ask of its cluster. */
export interface ClusterOptions {
  /** Of the API server: the newest supported Kubernetes unless told; etcd and kubectl are always the newest's. */
  readonly version?: 'newest' | 'oldest';
  /** Added to the API server's flags, after the harness's own. */
  readonly apiServerFlags?: readonly string[];
  /** An audit policy as YAML or JSON, e.g. `writesAuditPolicy`; without one no audit log is written. */
  readonly auditPolicy?: string;
  /**
   * `off` (unless told): pods have no service account. `default`: the admission plugin runs and the harness makes the
   * account `default` in each namespace, so that pods get `serviceAccountName` and the token volume as in a cluster.
   */
  readonly serviceAccounts?: 'off' | 'default';
  /** Runs kube-controller-manager, which makes Pods of Jobs and accounts of namespaces; implies its service accounts. */
  readonly controllerManager?: boolean;
  readonly log?: BinariesOptions['log'];
}

/** How `kubectl` ended and what it printed. */
export type CommandResult = Exit & { readonly stdout: string; readonly stderr: string };

/** A running etcd and kube-apiserver of one test file. */
export interface Cluster {
  readonly kubeconfig: string;
  /** A client of the group system:masters. */
  readonly admin: ClientOptions;
  readonly api: ApiClient;
  readonly folder: string;
  readonly logsFolder: string;
  readonly apiServerLogFile: string;
  readonly auditLogFile: string;
  /** The process ids of what runs, by program. */
  readonly pids: Readonly<Record<string, number>>;
  /** Runs the real kubectl as the administrator; a non-zero exit code is not an error. */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<CommandResult>;
  /** Makes a namespace (and its `default` account where no controller does). */
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  auditEvents(): Promise<readonly AuditEvent[]>;
  /** Waits up to a minute for an audit event: the API server may answer a moment before it writes. */
  auditEvent(what: string, matches: (event: AuditEvent) => boolean): Promise<AuditEvent>;
  apiServerLog(): Promise<string>;
  /** Makes the logs outlive the cluster, for example `onTestFailed(() => cluster.keepLogs())`; prints their folder. */
  keepLogs(): void;
  /**
   * Ends a program with a signal, SIGTERM unless told, does something while it is away, starts it again on its port and
   * waits until the API is ready.
   */
  restart(name: ProgramName, signal?: NodeJS.Signals, meanwhile?: () => Promise<void>): Promise<void>;
  /** Ends the processes that this cluster started and removes its folder; with `failed` the logs are kept. */
  stop(options?: { readonly failed?: boolean }): Promise<void>;
}

const startAttempts = 3;
/** It takes 3 s on an idle machine. */
const startTimeoutMs = 240_000;

/** Starts etcd and kube-apiserver on free loopback ports and waits until /readyz; leaves nothing when it fails. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const log = options.log === undefined ? {} : { log: options.log };
  const newest = await ensureKubernetesBinaries({ controllerManager: options.controllerManager ?? false, ...log });
  const binaries = options.version === 'oldest' ? withApiServer(newest, await ensureOldestApiServer(log)) : newest;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(binaries, options);
    } catch (error) {
      // Between choosing a port and its use somebody else may have taken it.
      const portTaken = error instanceof Error && error.message.includes('address already in use');
      if (!portTaken || attempt === startAttempts) throw error;
    }
  }
}

function withApiServer(binaries: KubernetesBinaries, other: KubernetesBinaries): KubernetesBinaries {
  return { ...binaries, path: (name) => (name === 'kube-apiserver' ? other : binaries).path(name) };
}

async function startOnce(binaries: KubernetesBinaries, options: ClusterOptions): Promise<Cluster> {
  const folder = await temporaryFolder('pratique-cluster-');
  const running: Programs = new Map();
  try {
    const ports = await choosePorts();
    const files = await writeControlPlaneFiles(folder.path, ports, options.auditPolicy);
    const api = createApiClient(files.admin);
    const start = startProgram(binaries, files, running);
    await start('etcd', etcdFlags(folder.path, ports));
    await start('kube-apiserver', [...apiServerFlags(files, ports), ...optionalFlags(files, options)]);
    await waitUntilReady(api, running);
    if (options.controllerManager === true) {
      await start('kube-controller-manager', controllerManagerFlags(files, ports));
    }
    const cluster = clusterOf({ binaries, files, api, running, folder, options });
    await waitForAccounts(cluster, running, files, options);
    return cluster;
  } catch (error) {
    await stopAll(running);
    await folder.remove();
    throw error;
  }
}

type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

interface Program {
  readonly process: ManagedProcess;
  readonly logFile: string;
  readonly flags: readonly string[];
}

type Programs = Map<ProgramName, Program>;

function startProgram(binaries: KubernetesBinaries, files: ControlPlaneFiles, running: Programs) {
  return async (name: ProgramName, flags: readonly string[]) => {
    const logFile = join(files.logs, `${name}.log`);
    const process = await startProcess(binaries.path(name), flags, { cwd: files.folder, logFile });
    running.set(name, { process, logFile, flags });
  };
}

function optionalFlags(files: ControlPlaneFiles, options: ClusterOptions): readonly string[] {
  const flags: string[] = [];
  const hasAccounts = options.controllerManager === true || options.serviceAccounts === 'default';
  if (!hasAccounts) flags.push('--disable-admission-plugins=ServiceAccount');
  if (options.auditPolicy !== undefined) {
    flags.push(`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`);
  }
  return [...flags, ...(options.apiServerFlags ?? [])];
}

async function choosePorts(): Promise<ControlPlanePorts> {
  const [etcdClient, etcdPeer, apiServer, controllerManager] = await freePorts(4);
  if (
    etcdClient === undefined ||
    etcdPeer === undefined ||
    apiServer === undefined ||
    controllerManager === undefined
  ) {
    throw new Error('Found too few free ports.');
  }
  return { etcdClient, etcdPeer, apiServer, controllerManager };
}

/** Ready, and its own namespaces are there: a controller inside of it makes them a moment later. */
async function waitUntilReady(api: ApiClient, running: Programs): Promise<void> {
  const isReady = async () => {
    await assertAlive(running);
    if ((await api.request('GET', '/readyz')).status !== 200) return false;
    const statuses = ['default', 'kube-system'].map((name) => api.request('GET', `/api/v1/namespaces/${name}`));
    return (await Promise.all(statuses)).every(({ status }) => status === 200);
  };
  try {
    await waitFor('the API server', isReady, { timeoutMs: startTimeoutMs });
  } catch (error) {
    if (error instanceof HopelessError) throw error;
    const logFile = running.get('kube-apiserver')?.logFile;
    const last = logFile === undefined ? '' : await lastLines(logFile);
    throw new Error(`The API server is not ready after ${startTimeoutMs} ms; its log ends with:\n${last}`, {
      cause: error,
    });
  }
}

async function waitForAccounts(
  cluster: Cluster,
  running: Programs,
  files: ControlPlaneFiles,
  options: ClusterOptions,
): Promise<void> {
  if (options.controllerManager !== true) {
    if (options.serviceAccounts === 'default') await createDefaultAccount(cluster.api, 'default');
    return;
  }
  await waitForDefaultAccount(cluster.api, 'default', () => assertAlive(running), files.logs);
}

async function waitForDefaultAccount(
  api: ApiClient,
  namespace: string,
  check: () => Promise<void>,
  logs: string,
): Promise<void> {
  await waitFor(
    `the controller manager's account in ${namespace} (logs in ${logs})`,
    async () => {
      await check();
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      return (await api.request('GET', path)).status === 200;
    },
    { timeoutMs: startTimeoutMs },
  );
}

async function createDefaultAccount(api: ApiClient, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await api.expect('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account);
}

async function assertAlive(running: Programs): Promise<void> {
  for (const [name, { process, logFile }] of running) {
    if (process.isRunning()) continue;
    const { code, signal } = await process.exited;
    throw new HopelessError(`${name} ended (${signal ?? `exit ${code}`}):\n${await lastLines(logFile)}`);
  }
}

async function lastLines(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
}

interface Parts {
  readonly binaries: KubernetesBinaries;
  readonly files: ControlPlaneFiles;
  readonly api: ApiClient;
  readonly running: Programs;
  readonly folder: Awaited<ReturnType<typeof temporaryFolder>>;
  readonly options: ClusterOptions;
}

function clusterOf(parts: Parts): Cluster {
  const { binaries, files, api, running } = parts;
  const apiServerLogFile = join(files.logs, 'kube-apiserver.log');
  const ending = endingOf(parts);
  return {
    kubeconfig: files.kubeconfig,
    admin: files.admin,
    api,
    folder: files.folder,
    logsFolder: files.logs,
    apiServerLogFile,
    auditLogFile: files.auditLog,
    get pids() {
      return Object.fromEntries([...running].map(([name, { process }]) => [name, process.pid]));
    },
    restart: (name, signal, meanwhile) => restart(parts, name, signal, meanwhile),
    kubectl: (args, options = {}) =>
      runProcess(binaries.path('kubectl'), args, {
        ...options,
        // HOME too: kubectl keeps its discovery cache below it
        env: { ...process.env, HOME: files.folder, KUBECONFIG: files.kubeconfig },
      }),
    createNamespace: (name, labels) => createNamespace(parts, name, labels),
    auditEvents: () => readAuditLog(files.auditLog),
    auditEvent: (what, matches) =>
      waitFor(what, async () => (await readAuditLog(files.auditLog)).find(matches), { timeoutMs: 60_000 }),
    apiServerLog: () => readFile(apiServerLogFile, 'utf8'),
    ...ending,
  };
}

async function restart(
  { binaries, files, api, running }: Parts,
  name: ProgramName,
  signal?: NodeJS.Signals,
  meanwhile: () => Promise<void> = async () => undefined,
) {
  const program = running.get(name);
  if (program === undefined) throw new Error(`This cluster has no ${name}.`);
  await program.process.stop(signal, 10_000);
  await meanwhile();
  await startProgram(binaries, files, running)(name, program.flags);
  await waitUntilReady(api, running);
}

async function createNamespace(
  { api, running, files, options }: Parts,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  await api.expect('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  if (options.controllerManager === true) {
    await waitForDefaultAccount(api, name, () => assertAlive(running), files.logs);
  } else if (options.serviceAccounts === 'default') {
    await createDefaultAccount(api, name);
  }
}

function endingOf({ api, running, folder, files }: Parts): Pick<Cluster, 'keepLogs' | 'stop'> {
  let isKept = false;
  const keepLogs = () => {
    if (!isKept) process.stderr.write(`The cluster's logs are kept in ${files.logs}\n`);
    isKept = true;
    folder.keep();
  };
  const stop = async ({ failed = false }: { readonly failed?: boolean } = {}) => {
    if (failed) keepLogs();
    api.close();
    await stopAll(running);
    if (!isKept) return folder.remove();
    for (const entry of await readdir(folder.path)) {
      if (entry !== 'logs') await rm(join(folder.path, entry), { recursive: true, force: true });
    }
  };
  return { keepLogs, stop };
}

/** In the reverse order of their start; nothing in there is worth a long goodbye. */
async function stopAll(running: Programs): Promise<void> {
  for (const { process } of [...running.values()].reverse()) await process.stop('SIGTERM', 3_000);
}
