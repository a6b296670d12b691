import { readdirSync, readFileSync } from 'node:fs';

/**
 * Reads how long the threads of a process have run so far, user and system, in microseconds.
 *
 * The scheduler's own account (`schedstat`, nanoseconds) and not utime and stime, whose step of 10 ms is a tenth of what
 * is measured here. Threads that have ended are missing, but Node's pools keep theirs.
 */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [running = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    nanoseconds += Number(running);
  }
  return nanoseconds / 1_000;
}

/** Reads the resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1_024;
}

/** Says why this machine cannot account for processes; undefined when it can. */
export function accountingProblem(): string | undefined {
  try {
    return cpuMicroseconds(process.pid) > 0 ? undefined : 'the kernel keeps no schedstat';
  } catch (error) {
    return `/proc cannot be read (${error instanceof Error ? error.message : String(error)})`;
  }
}
