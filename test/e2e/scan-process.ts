import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Named, Outlook } from '../../src/output/outlook.ts';
import type { ApiObject } from '../harness/api-client.ts';
import type { Cluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Has a process tell its peak of resident memory when it ends, in KiB. */
const tellPeak = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS}\\n`))",
)}`;

/** A result of `pratique scan --format json`, as far as tests look into one. */
export interface ScanResult {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pods?: number;
  readonly verdict: 'allow' | 'warn' | 'deny';
  readonly findings: readonly { readonly check: string; readonly action: string; readonly message: string }[];
}

/** What `pratique scan --format json` prints. */
export interface ScanOutput extends Outlook {
  readonly results: readonly ScanResult[];
  readonly errors: readonly { readonly message: string }[];
}

/** How a scan ended. */
export interface ScanRun {
  readonly code: number | null;
  readonly stdout: string;
  /** Without the line of the peak. */
  readonly stderr: string;
  readonly peakKiB: number;
  /** Standard output as JSON; throws when it is none. */
  json(): ScanOutput;
}

/** Runs the built `pratique scan` as a process of its own. */
export async function runScan(kubeconfig: string, args: readonly string[]): Promise<ScanRun> {
  const own = ['--import', tellPeak, program, 'scan', '--kubeconfig', kubeconfig, ...args];
  const { code, stdout, stderr } = await runProcess(process.execPath, own, { timeoutMs: 300_000 });
  const lines = stderr.split('\n').filter((line) => line !== '');
  const peakKiB = Number(/^peak (\d+)$/.exec(lines.at(-1) ?? '')?.[1]);
  return {
    code,
    stdout,
    stderr: lines.slice(0, -1).join('\n'),
    peakKiB,
    json: () => JSON.parse(stdout) as ScanOutput,
  };
}

/** Names an object, for comparisons. */
export function shortName({ kind, namespace, name }: Pick<Named, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}

/** Writes a kubeconfig with a token of a service account, which must be there; returns its path. */
export async function accountKubeconfig(cluster: Cluster, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { status } = await cluster.api.expect<ApiObject & { readonly status: { readonly token: string } }>(
    'POST',
    path,
    request,
  );
  const { url, ca } = cluster.admin;
  const file = join(cluster.folder, `${namespace}-${name}.kubeconfig`);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'account',
    contexts: [{ name: 'account', context: { cluster: 'test', user: name } }],
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name, user: { token: status.token } }],
  };
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}
