import { spawnSync } from 'node:child_process';
import { type ManagedProcess, startProcess } from '../test/harness/processes.ts';

/** A named pipe whose other end is written to a file, as a container's runtime does with what a server prints. */
export interface LogPipe {
  /** What the server gets as its standard output. */
  readonly path: string;
  /** Resolves when all that was written has arrived in the file. */
  readonly ended: ManagedProcess['exited'];
}

/**
 * Opens a log as a container has it: a pipe that another process reads.
 *
 * A server that appends to a file by itself would be charged for the pages that the file system allots, which on a
 * virtual machine can cost ten times the write itself.
 */
export async function openLogPipe(logFile: string): Promise<LogPipe> {
  const path = `${logFile}.pipe`;
  const { status, stderr } = spawnSync('mkfifo', [path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
  const { exited } = await startProcess('cat', [path], { logFile });
  return { path, ended: exited };
}
