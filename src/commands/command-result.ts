import process from 'node:process';
import type { CommandContext } from '@stricli/core';

/** What a command prints and answers, before any of it is done. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** Prints the result of a command, and sets the exit code of the process. */
export function finish({ process: { stdout, stderr } }: CommandContext, result: CommandResult): void {
  if (!process.stdout.listeners('error').includes(passOver)) process.stdout.on('error', passOver);
  stderr.write(result.stderr);
  stdout.write(result.stdout);
  process.exitCode = result.exitCode;
}

/** A reader that has seen enough, such as `head`, is no error of ours. */
function passOver(error: Error): void {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
}
