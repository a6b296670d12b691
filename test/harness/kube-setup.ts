// npm run kube:setup [-- --least]: gets the Kubernetes programs, Helm, Prometheus, actionlint, gojq, Kyverno's CLI, PostgreSQL and
// Chromium, which tests and the demo run.
import { parseArgs } from 'node:util';
import {
  ensureActionlint,
  ensureGojq,
  ensureHelm,
  ensureKubernetesBinaries,
  ensureKyverno,
  ensureOldestApiServer,
  ensurePrometheus,
  type KubernetesBinaries,
  programVersion,
} from './binaries.ts';
import type { BinaryName } from './binaries-source.ts';
import { ensureChromium } from './chromium.ts';
import { ensurePostgres } from './postgres-programs.ts';

const usage = `Usage: npm run kube:setup [-- --least]
  --least  only what the demo and most tests run: etcd, kubectl and kube-apiserver of the newest Kubernetes`;

const log = (line: string) => console.log(line);

try {
  const { values } = parseArgs({ options: { least: { type: 'boolean', default: false } } });
  await setUp(values.least);
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  console.error(error instanceof Error ? error.message : error);
  if (isUsage) console.error(usage);
  process.exitCode = isUsage ? 2 : 1;
}

async function setUp(least: boolean): Promise<void> {
  const newest = await ensureKubernetesBinaries({ controllerManager: !least, log });
  await tell(newest, ['etcd', 'kubectl', 'kube-apiserver', ...(least ? [] : (['kube-controller-manager'] as const))]);
  if (least) return;
  await tell(await ensureHelm({ log }), ['helm']);
  await tell(await ensureOldestApiServer({ log }), ['kube-apiserver']);
  await tell(await ensurePrometheus({ log }), ['promtool', 'prometheus']);
  await tell(await ensureActionlint({ log }), ['actionlint']);
  await tell(await ensureGojq({ log }), ['gojq']);
  log(`PostgreSQL programs: ${(await ensurePostgres({ log })).folder}`);
  await tell(await ensureKyverno({ log }), ['kyverno']);
  log(`Chromium: ${(await ensureChromium({ log })).file}`);
}

async function tell(binaries: KubernetesBinaries, names: readonly BinaryName[]): Promise<void> {
  for (const name of names) log(`${name}: ${await programVersion(binaries, name)}`);
}
