import { readFileSync, symlinkSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../test/harness/certificates.ts';
import { freePorts } from '../test/harness/ports.ts';
import { type ManagedProcess, startProcess, type TemporaryFolder } from '../test/harness/processes.ts';
import { HopelessError, waitFor } from '../test/harness/waiting.ts';
import { type Cores, onServerCore } from './cores.ts';
import { openLogPipe } from './log-pipe.ts';

/** What is started: the floor, a bare fastify, or the webhook with one of two settings of `journal.allows`. */
export type Kind = 'floor' | 'fastify' | 'webhook-all' | 'webhook-none';

/** A server that listens. */
export interface RunningServer {
  readonly kind: Kind;
  readonly pid: number;
  readonly port: number;
  /** Standard output and standard error, which also holds the decision records. */
  readonly logFile: string;
  /** From before the start of the process until its port took a connection. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** What all servers are started with. */
export interface Stage {
  readonly folder: string;
  readonly ca: string;
  readonly cores: Cores | undefined;
}

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** Prepares a folder: one certificate for all, a configuration for each setting, and the other servers as JavaScript. */
export async function setStage(folder: TemporaryFolder, cores: Cores | undefined): Promise<Stage> {
  const { path } = folder;
  const authority = await createAuthority();
  const { cert, key } = await authority.issue({ commonName: 'pratique', names: ['127.0.0.1'], usage: 'server' });
  await writeFile(join(path, 'tls.crt'), cert);
  await writeFile(join(path, 'tls.key'), key, { mode: 0o600 });
  for (const allows of ['all', 'none']) await writeFile(join(path, `${allows}.yaml`), configuration(allows));
  // The webhook is compiled before it starts; those that it is compared with must not be slower for their types either.
  for (const name of ['floor', 'bare-fastify']) {
    await copyFile(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), join(path, `${name}.mjs`));
  }
  symlinkSync(modules, join(path, 'node_modules'));
  return { folder: path, ca: authority.cert, cores };
}

/** Starts a server, with more arguments when there are any, and waits until it takes connections. */
export async function startServer(kind: Kind, stage: Stage, more: readonly string[] = []): Promise<RunningServer> {
  const [port = 0, healthPort = 0] = await freePorts(2);
  const logFile = join(stage.folder, `${kind}-${port}.log`);
  const [command, args] = onServerCore(stage.cores, [...commandLine(kind, stage, port, healthPort), ...more]);
  const log = await openLogPipe(logFile);
  const startedAt = performance.now();
  const running = await startProcess(command, args, { logFile: log.path });
  await waitFor(`${kind} to listen`, () => isListening(port, running, logFile), { intervalMs: 1, timeoutMs: 20_000 });
  return {
    kind,
    pid: running.pid,
    port,
    logFile,
    startMs: performance.now() - startedAt,
    async stop() {
      await running.stop();
      await log.ended;
    },
  };
}

function commandLine(kind: Kind, { folder }: Stage, port: number, healthPort: number): readonly string[] {
  const certFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  if (kind === 'floor') return [join(folder, 'floor.mjs'), certFile, keyFile, String(port)];
  if (kind === 'fastify') return [join(folder, 'bare-fastify.mjs'), certFile, keyFile, String(port)];
  return [
    ...[program, 'serve', '--config', join(folder, kind === 'webhook-all' ? 'all.yaml' : 'none.yaml')],
    ...['--host', '127.0.0.1', '--port', String(port), '--health-port', String(healthPort)],
    ...['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--drain', '0s'],
  ];
}

function configuration(allows: string): string {
  return [
    'apiVersion: pratique.dev/v1alpha1',
    'kind: PratiqueConfiguration',
    'mountFuse: { namespaces: [gitlab] }',
    `journal: { allows: ${allows} }`,
    '',
  ].join('\n');
}

function isListening(port: number, running: ManagedProcess, logFile: string): Promise<boolean> {
  if (!running.isRunning()) throw new HopelessError(`It ended:\n${readFileSync(logFile, 'utf8')}`);
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
