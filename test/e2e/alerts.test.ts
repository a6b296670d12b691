import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { ensurePrometheus, type KubernetesBinaries } from '../harness/binaries.ts';
import { alertsFile, readAlerts } from '../harness/monitoring-files.ts';
import { runProcess } from '../harness/processes.ts';

const folder = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let binaries: KubernetesBinaries;
beforeAll(async () => {
  binaries = await ensurePrometheus();
});

test.each([alertsFile, folder('deploy/monitoring/alerts.yaml')])('promtool finds no fault with %s', async (file) => {
  const { code, stdout, stderr } = await runProcess(binaries.path('promtool'), [
    'check',
    'rules',
    '--lint-fatal',
    file,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`${readAlerts().length} rules found`);
});

test('each alert fires on bad series and is silent on good ones', async () => {
  const args = ['test', 'rules', folder('test/monitoring/alerts.test.yaml')];
  const { code, stdout, stderr } = await runProcess(binaries.path('promtool'), args, { timeoutMs: 120_000 });
  expect({ code, problems: stderr, stdout: stdout.trim() }).toEqual({ code: 0, problems: '', stdout: 'SUCCESS' });
});
