import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { isAlive, runProcess, startProcess, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';

test.concurrent.for([
  ['is killed', 'setInterval(() => undefined, 1_000)', 'SIGKILL'],
  ['is interrupted', 'setInterval(() => undefined, 1_000)', 'SIGINT'],
  ['is ended', 'setInterval(() => undefined, 1_000)', 'SIGTERM'],
  ['forgets them and exits', 'process.exit(0)', undefined],
  ['throws', 'throw new Error("on purpose")', undefined],
] as const)('children, grandchildren and folders go with their owner when it %s', async ([, ending, signal]) => {
  const harness = new URL('../harness/processes.ts', import.meta.url);
  const program = `
    const { startProcess, temporaryFolder } = await import(${JSON.stringify(harness)});
    const { path } = await temporaryFolder('pratique-owner-');
    let grandchild;
    const onLine = (line) => { grandchild = Number(line); };
    const child = await startProcess('sh', ['-c', 'trap "" INT; sleep 600 & echo $!; wait'], { onLine });
    while (grandchild === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    console.log(JSON.stringify({ pids: [child.pid, grandchild], path }));
    ${ending};`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const { pids, path } = JSON.parse(line) as { pids: readonly number[]; path: string };
  if (signal !== undefined) {
    expect(pids.every(isAlive)).toBe(true);
    owner.kill(signal);
  }
  await waitFor('the end of the processes', () => !pids.some(isAlive));
  await waitFor('the removal of the folder', () => !existsSync(path));
});

test('a process that ignores its signal is killed after the grace', async () => {
  const stubborn = await startProcess('sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done']);
  const exit = await stubborn.stop('SIGTERM', 200);
  expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
  expect(stubborn.isRunning()).toBe(false);
  expect(await stubborn.stop()).toEqual(exit);
});

test('a program that does not exist is an error, one that fails is a result', async () => {
  await expect(startProcess('no-such-program-anywhere', [])).rejects.toThrow('ENOENT');
  const result = await runProcess('sh', ['-c', 'cat; echo problem >&2; exit 3'], { input: 'said' });
  expect(result).toEqual({ code: 3, signal: null, stdout: 'said\n', stderr: 'problem\n' });
});

test('output goes to the log file when there is one', async () => {
  const folder = await temporaryFolder('pratique-log-');
  const logFile = join(folder.path, 'log');
  const { exited } = await startProcess('sh', ['-c', 'echo one; echo two >&2'], { logFile });
  await exited;
  expect(await readFile(logFile, 'utf8')).toBe('one\ntwo\n');
  await folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
