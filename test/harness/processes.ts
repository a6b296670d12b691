import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** How a process ended: an exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What `startProcess` runs and where its output goes. */
export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Receives standard output and standard error; when absent, `onLine` gets them. */
  readonly logFile?: string;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Written to standard input, which is closed afterwards. */
  readonly input?: string;
  /** The user and group id to run as, without further groups; only root can choose. */
  readonly user?: number;
}

/** A child process that cannot outlive this one. */
export interface ManagedProcess {
  readonly pid: number;
  /** True until the process has ended. */
  isRunning(): boolean;
  /** Resolves when the process has ended and its output is read. */
  readonly exited: Promise<Exit>;
  /** Sends a signal (SIGTERM unless told), and SIGKILL after `graceMs` (10,000 unless told). */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

/** Starts a program in a process group of its own; rejects when it cannot be started. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ManagedProcess> {
  const output = options.logFile === undefined ? 'pipe' : openSync(options.logFile, 'a');
  try {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
      detached: true, // its own group: Ctrl-C reaches us only, and we end things in order
      stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
    });
    const exited = exitOf(child);
    readLines(child, options.onLine);
    await once(child, 'spawn');
    child.stdin?.on('error', () => undefined); // a program that does not read its input is no error
    child.stdin?.end(options.input);
    return managed(child, exited);
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

/** Runs a program to its end and returns what it printed; a non-zero exit code is not an error here. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: Omit<ProcessOptions, 'logFile' | 'onLine'> & { readonly timeoutMs?: number } = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const lines = { stdout: '', stderr: '' };
  const onLine = (line: string, stream: 'stdout' | 'stderr') => {
    lines[stream] += `${line}\n`;
  };
  const running = await startProcess(command, args, { ...options, onLine });
  const timer = setTimeout(() => void running.stop('SIGTERM', 1_000), options.timeoutMs ?? 60_000);
  try {
    return { ...(await running.exited), ...lines };
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a folder under the system's temporary folder that is removed when this process ends, however it ends. */
export async function temporaryFolder(prefix: string, parent: string = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(await realpath(parent), prefix));
  const release = removeAtEnd(path);
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    release();
  };
  return { path, keep: release, remove };
}

/** Has a file or folder removed when this process ends, however it ends; returns what takes that back. */
export function removeAtEnd(path: string): () => void {
  tellGuard('remove', path);
  return () => tellGuard('keep', path);
}

/** A folder that goes away with its process unless `keep` is called. */
export interface TemporaryFolder {
  readonly path: string;
  keep(): void;
  remove(): Promise<void>;
}

/** Tells whether a process runs; one that has ended and that nobody has reaped yet (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // "pid (name) state ..."; the name may hold spaces and parentheses
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .charAt(0) !== 'Z'
    );
  } catch {
    return process.platform !== 'linux'; // elsewhere there is no /proc; here it has ended in between
  }
}

function managed(child: ChildProcess, exited: Promise<Exit>): ManagedProcess {
  const pid = child.pid;
  if (pid === undefined) throw new Error('A started process has no id.');
  let running = true;
  tellGuard('child', String(pid));
  child.once('exit', () => {
    running = false;
    tellGuard('ended', String(pid));
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000) => {
    if (running) signalGroup(pid, signal);
    const timer = setTimeout(() => running && signalGroup(pid, 'SIGKILL'), graceMs);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  };
  return { pid, isRunning: () => running, exited, stop };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended between the check and the signal
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function readLines(child: ChildProcess, onLine: ProcessOptions['onLine']): void {
  const read = (stream: Readable | null, name: 'stdout' | 'stderr') => {
    if (stream === null) return;
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => onLine?.(line, name));
  };
  read(child.stdout, 'stdout');
  read(child.stderr, 'stderr');
}

let guardInput: Socket | undefined;

function tellGuard(command: 'child' | 'ended' | 'remove' | 'keep', argument: string): void {
  guardInput ??= startGuard();
  guardInput.write(`${command} ${argument}\n`);
}

function startGuard(): Socket {
  const guard = spawn(process.execPath, [fileURLToPath(new URL('guard.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  if (!(guard.stdin instanceof Socket)) throw new Error('The guard process has no input pipe.');
  guard.stdin.unref();
  guard.stdin.on('error', () => undefined); // the guard was killed: nothing to be done, and no reason to fail a test
  return guard.stdin;
}
