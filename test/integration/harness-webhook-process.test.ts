import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { startWebhook, type WebhookProcessOptions } from '../harness/webhook-process.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder('pratique-program-');
});
afterEach(() => folder.remove());

test('the program gets its arguments and is awaited until it is ready', async () => {
  const webhook = await start('setTimeout(ready, 300);', { configFile: '/c.yaml', args: ['--extra'], drain: '1s' });
  const [args] = webhook.operationalLines();
  expect(JSON.parse(args ?? '')).toEqual({
    msg: 'started',
    args: [
      'serve',
      ...['--config', '/c.yaml', '--host', '127.0.0.1'],
      ...['--port', String(webhook.port), '--health-port', String(webhook.healthPort)],
      ...['--tls-cert-file', '/tls.crt', '--tls-key-file', '/tls.key', '--drain', '1s', '--extra'],
    ],
  });
  expect((await fetch(`${webhook.healthUrl}/readyz`)).status).toBe(200);
  expect(isAlive(webhook.pid)).toBe(true);
  expect(await webhook.stop()).toEqual({ code: 7, signal: null });
  expect(isAlive(webhook.pid)).toBe(false);
});

test('decision records are told from other lines, whole even when they arrive in pieces', async () => {
  const webhook = await start(`
    ready();
    process.stderr.write('{"v":9,"on":"standard error"}\\n');
    process.stdout.write('{"v":1,"uid":"a"}\\n{"level":30,"v":1}\\n{"v":1,');
    setTimeout(() => process.stdout.write('"uid":"b"}\\n'), 100);`);
  expect(await webhook.record('b', ({ uid }) => uid === 'b')).toEqual({ v: 1, uid: 'b' });
  expect(webhook.records()).toEqual([
    { v: 1, uid: 'a' },
    { v: 1, uid: 'b' },
  ]);
  expect(webhook.operationalLines().slice(1)).toEqual(['{"level":30,"v":1}']);
  expect(webhook.output()).toContain('standard error');
  await expect(webhook.record('c', ({ uid }) => uid === 'c', 100)).rejects.toThrow('in vain for the record of c');
  expect(await webhook.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a program that ends before it is ready is an error with its output', async () => {
  await expect(start('console.error("port is mine"); process.exit(2);')).rejects.toThrow(
    /ended \(exit 2\) before it was ready.*port is mine/s,
  );
});

test('a program that never becomes ready is an error, and is ended', async () => {
  const error = await start('console.log(JSON.stringify({ pid: process.pid }));', { timeoutMs: 800 }).catch(
    (reason: unknown) => String(reason),
  );
  expect(error).toMatch(/Waited 800 ms in vain/);
  expect(isAlive(Number(/"pid":(\d+)/.exec(String(error))?.[1]))).toBe(false);
});

test('a program that is not built is said', async () => {
  const options = { certFile: '/tls.crt', keyFile: '/tls.key', program: join(folder.path, 'missing.js') };
  await expect(startWebhook(options)).rejects.toThrow('run `npm run build` first');
});

/** Runs a program that answers its probe as `ready()` tells, and exits with 7 on SIGTERM. */
async function start(body: string, options: Partial<WebhookProcessOptions> = {}) {
  const program = join(folder.path, 'main.mjs');
  await writeFile(
    program,
    `import { createServer } from 'node:http';
    let status = 503;
    const ready = () => { status = 200; };
    const args = process.argv.slice(2);
    process.on('SIGTERM', () => process.exit(7));
    const server = createServer((request, response) => response.writeHead(status).end());
    server.listen(Number(args[args.indexOf('--health-port') + 1]), '127.0.0.1');
    console.log(JSON.stringify({ msg: 'started', args }));
    ${body}`,
  );
  return startWebhook({ certFile: '/tls.crt', keyFile: '/tls.key', program, ...options });
}
