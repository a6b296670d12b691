import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProcess } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

test.each([
  ['explain', '--format', 'json'],
  ['config', 'schema'],
])('%s %s ends in order when its reader has seen enough', async (...args) => {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const piped = await runProcess('sh', ['-c', `{ ${command}; echo "ended with $?" >&2; } | head -c 1`]);
  expect(piped).toMatchObject({ code: 0, stderr: 'ended with 0\n' });
});
