// npm run kube:setup [-- --controller-manager]: gets the Kubernetes programs that tests and the demo run.
import { parseArgs } from 'node:util';
import { ensureKubernetesBinaries, programVersion } from './binaries.ts';
import type { BinaryName } from './binaries-source.ts';

const usage = 'Usage: npm run kube:setup [-- --controller-manager]';

try {
  const { values } = parseArgs({ options: { 'controller-manager': { type: 'boolean', default: false } } });
  process.exitCode = await setUp(values['controller-manager']);
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  console.error(error instanceof Error ? error.message : error);
  if (isUsage) console.error(usage);
  process.exitCode = isUsage ? 2 : 1;
}

async function setUp(controllerManager: boolean): Promise<number> {
  const binaries = await ensureKubernetesBinaries({ controllerManager, log: (line) => console.log(line) });
  const names: BinaryName[] = ['etcd', 'kubectl', 'kube-apiserver'];
  if (controllerManager) names.push('kube-controller-manager');
  for (const name of names) console.log(`${name}: ${await programVersion(binaries, name)}`);
  return 0;
}
