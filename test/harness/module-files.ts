import { runProcess } from './processes.ts';

/** A Go module as a source of files: nothing of it is built. */
export interface PinnedModule {
  readonly path: string;
  /** With "v". */
  readonly version: string;
  /** The module's hash, as in go.sum: `h1:…`. */
  readonly sum: string;
}

/** The projects whose custom resources the chart can make. */
export const customResourceModules = {
  certManager: {
    path: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
  },
  prometheusOperator: {
    path: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
  },
} as const satisfies Record<string, PinnedModule>;

/**
 * Has Go fetch a module, or find it in its cache, and returns the folder with its files. Throws when Go is not installed,
 * when the module cannot be fetched and when it is not the pinned one.
 */
export async function moduleFiles({ path, version, sum }: PinnedModule): Promise<string> {
  const args = ['mod', 'download', '-json', `${path}@${version}`];
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=mod' };
  const { stdout, stderr } = await runProcess('go', args, { env, timeoutMs: 300_000 });
  const answer = JSON.parse(stdout === '' ? '{}' : stdout) as Partial<Record<'Dir' | 'Sum' | 'Error', string>>;
  if (answer.Dir === undefined || answer.Error !== undefined) {
    throw new Error(`go ${args.join(' ')}: ${answer.Error ?? stderr}`);
  }
  if (answer.Sum !== sum) throw new Error(`${path}@${version} has the hash ${answer.Sum}, not the pinned ${sum}.`);
  return answer.Dir;
}
