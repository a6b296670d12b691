import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

async function serve(...flags: readonly string[]): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--health-port', '0', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code, stderr };
}

const self = ['--tls-secret=pratique-ca', '--tls-service=pratique', '--namespace=pratique'];

test.for([
  [['--tls-secret=a', '--tls-cert-file=x', '--tls-key-file=y'], '--tls-secret and --tls-cert-file exclude each other'],
  [['--tls-secret=a'], '--tls-secret needs --tls-service'],
  [['--tls-service=a'], '--tls-service needs --tls-secret'],
  [['--kubeconfig=a'], '--kubeconfig needs --tls-secret'],
  [['--tls-key-file=a'], '--tls-cert-file and --tls-key-file belong together'],
  [['--tls-secret=a', '--tls-service=b'], 'outside a pod --tls-secret needs --namespace'],
  [[...self, '--tls-leaf-lifetime=1m'], '--tls-leaf-lifetime must be at least six times --tls-reconcile'],
  [[...self, '--tls-overlap=361h'], '--tls-leaf-lifetime must be at least twice --tls-overlap'],
  [
    [...self, '--tls-ca-lifetime=8m', '--tls-leaf-lifetime=6m', '--tls-overlap=2m'],
    '--tls-ca-lifetime must be at least',
  ],
  [[...self, '--tls-reconcile=1ms'], '--tls-reconcile must be at least 100ms'],
] as const)('%j are refused with exit code 2', async ([flags, problem]) => {
  const { code, stderr } = await serve(...flags);
  expect(stderr).toContain(problem);
  expect(code).toBe(2);
});
