// Runs as a process of its own (started by processes.ts) and outlives its parent for a moment: when the pipe on
// standard input closes, for whatever reason the parent ended (exit, Ctrl-C, SIGKILL), it ends the children that the
// parent still had and removes its temporary files. An exit handler in the parent could not do that after SIGKILL.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const graceMs = 3_000;
const groups = new Set<number>();
const paths = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  obey(line.slice(0, space), line.slice(space + 1));
}
signalAll('SIGTERM');
for (const deadline = Date.now() + graceMs; groups.size > 0 && Date.now() < deadline; signalAll(0)) await delay(50);
signalAll('SIGKILL');
for (const path of paths) rmSync(path, { recursive: true, force: true });

function obey(command: string, argument: string): void {
  if (command === 'child') groups.add(Number(argument));
  else if (command === 'ended') groups.delete(Number(argument));
  else if (command === 'remove') paths.add(argument);
  else if (command === 'keep') paths.delete(argument);
}

/** Each child leads a process group of its own, so its own children (a compiler's) end with it. */
function signalAll(signal: NodeJS.Signals | 0): void {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      groups.delete(group); // it has ended
    }
  }
}
