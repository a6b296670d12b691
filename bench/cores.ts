import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Which core runs the server under test and which this process; undefined when they cannot be kept apart. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** Moves this process to the second core that it may use, when there are two and `taskset` is installed. */
export function claimCores(): Cores | undefined {
  const [server, load] = allowedCores();
  if (server === undefined || load === undefined) return undefined;
  const { status } = spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(load), String(process.pid)]);
  return status === 0 ? { server, load } : undefined;
}

/** The command that runs a program of Node on the server's core. */
export function onServerCore(cores: Cores | undefined, args: readonly string[]): readonly [string, readonly string[]] {
  if (cores === undefined) return [process.execPath, args];
  return ['taskset', ['--cpu-list', String(cores.server), process.execPath, ...args]];
}

/** `Cpus_allowed_list` of proc_pid_status(5): numbers and ranges, such as `0-1,4`. */
function allowedCores(): readonly number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
