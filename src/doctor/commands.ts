import { textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import type { About } from './diagnosis.ts';

/** A word of a shell, whatever is in it. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command of words. */
export function commandOf(...words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** An operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** Patches an object in no namespace, or in one. */
export function patchCommand(resource: string, name: string, patch: readonly PatchOperation[], namespace = ''): string {
  const where = namespace === '' ? [] : ['--namespace', namespace];
  return commandOf('kubectl', ...where, 'patch', resource, name, '--type=json', `--patch=${JSON.stringify(patch)}`);
}

/** Creates an object of its JSON. */
export function createCommand(object: unknown): string {
  return `kubectl create --filename=- <<'EOF'\n${JSON.stringify(object)}\nEOF`;
}

/** Values of the chart, by their path. */
export type Values = Readonly<Record<string, string | boolean | readonly string[]>>;

/**
 * Brings the release to what its chart says, with the values that it has and more; without Helm, applies a file of ours.
 * Whether Helm made it is on the Deployment.
 */
export function releaseCommand(
  deployment: Fields | undefined,
  { namespace, name }: Pick<About, 'namespace' | 'name'>,
  { set = {}, file = 'deploy/install.yaml' }: { readonly set?: Values; readonly file?: string } = {},
): string {
  const release = releaseOf(deployment);
  const values = Object.entries(set).map(([key, value]) =>
    typeof value === 'object' ? `--set-json=${key}=${JSON.stringify(value)}` : `--set=${key}=${value}`,
  );
  if (release !== undefined) {
    // What somebody has edited by hand, as our own patches do, is somebody's own field since.
    const how = ['--reset-then-reuse-values', '--force-conflicts'];
    return commandOf('helm', 'upgrade', release, 'CHART', '--namespace', namespace, ...how, ...values);
  }
  if (values.length === 0) return commandOf('kubectl', 'apply', `--filename=${file}`);
  const rendered = ['template', name, 'CHART', '--namespace', namespace, '--values=VALUES', ...values];
  return `${commandOf('helm', ...rendered)} | kubectl apply --filename=-`;
}

/** Whether Helm made the installation; if not, somebody has applied manifests. */
export function isOfHelm(deployment: Fields | undefined): boolean {
  return releaseOf(deployment) !== undefined;
}

function releaseOf(deployment: Fields | undefined): string | undefined {
  const name = textAt(deployment, 'metadata', 'annotations', 'meta.helm.sh/release-name');
  return name === '' ? undefined : name;
}
