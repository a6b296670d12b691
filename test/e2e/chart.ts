import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { ApiObject } from '../harness/api-client.ts';
import { ensureHelm } from '../harness/binaries.ts';
import type { Cluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';

/** The folder of the chart. */
export const chart = fileURLToPath(new URL('../../charts/pratique', import.meta.url));

/** An object that the chart renders. */
export interface Rendered extends ApiObject {
  readonly kind: string;
  readonly metadata: ApiObject['metadata'] & { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: read by tests that say what they expect
  readonly [field: string]: any;
}

/** The values files of ci/, one a feature: name without `-values.yaml`, and path. */
export async function valuesFiles(): Promise<readonly { readonly name: string; readonly file: string }[]> {
  const names = (await readdir(join(chart, 'ci'))).filter((name) => name.endsWith('-values.yaml')).sort();
  return names.map((name) => ({ name: name.replace('-values.yaml', ''), file: join(chart, 'ci', name) }));
}

/** Runs Helm with nothing of this machine's own settings; a non-zero exit code is not an error. */
export async function runHelm(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const binaries = await ensureHelm({ log: () => undefined });
  const { PATH, TMPDIR } = process.env;
  return runProcess(binaries.path('helm'), args, {
    env: { PATH, TMPDIR, HOME: '/nonexistent', HELM_PLUGINS: '/nonexistent', ...env },
    timeoutMs: 300_000,
  });
}

/** Runs Helm as the cluster's administrator; throws what it says when it fails. */
export async function helmIn(cluster: Cluster, args: readonly string[]): Promise<string> {
  const home = join(cluster.folder, 'helm');
  await mkdir(home, { recursive: true });
  const { code, stdout, stderr } = await runHelm(args, { HOME: home, KUBECONFIG: cluster.kubeconfig });
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

/** Renders the chart as release and namespace `pratique`, and returns the text. */
export async function renderText(args: readonly string[]): Promise<string> {
  const all = ['template', 'pratique', chart, '--namespace', 'pratique', ...args];
  const { code, stdout, stderr } = await runHelm(all);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const renderings = new Map<string, Promise<readonly Rendered[]>>();

/** Renders the chart once for the same arguments, and returns its objects: not to be changed. */
export function render(args: readonly string[]): Promise<readonly Rendered[]> {
  const key = JSON.stringify(args);
  const objects = renderings.get(key) ?? renderText(args).then(objectsOf);
  renderings.set(key, objects);
  return objects;
}

/** Reads objects as kubectl does: YAML 1.1. */
export function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return (document.toJS() as Rendered | null) ?? [];
  });
}
