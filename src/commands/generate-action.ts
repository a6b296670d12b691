import { readFile } from 'node:fs/promises';
import type { CommandContext } from '@stricli/core';
import { parseAllDocuments, stringify } from 'yaml';
import { loadConfiguration } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { documentHash } from '../safety-net/document-hash.ts';
import { fusePolicy } from '../safety-net/fuse-policy.ts';
import type { ApiObject, NetConfiguration } from '../safety-net/objects.ts';
import { safetyNet } from '../safety-net/policy.ts';
import type { GenerateFlags, GenerateVapFlags } from './generate.ts';
import { programVersion } from './version.ts';

/** `pratique generate vap`. */
export async function generateVap(this: CommandContext, flags: GenerateVapFlags): Promise<void> {
  const { stderr, stdout } = this.process;
  const source = await sourceOf(flags.config);
  if (Array.isArray(source)) return refuse(stderr, source);
  const clock = Date.now();
  const options = { name: flags.name, action: flags.action, exceptNamespaces: exceptions(flags), clock };
  const { objects, inexpressible } = safetyNet(source as NetConfiguration, options);
  for (const { check, reason } of inexpressible) {
    stderr.write(`${check} only warns, since CEL cannot say this: ${reason}\n`);
  }
  if (objects.length === 0)
    stderr.write('No namespace is enforced, or none denies what the net holds: nothing to print.\n');
  stdout.write(written(objects));
  process.exitCode = 0;
}

/** `pratique generate map`. */
export async function generateMap(this: CommandContext, flags: GenerateFlags): Promise<void> {
  const { stderr, stdout } = this.process;
  const source = await sourceOf(flags.config);
  if (Array.isArray(source)) return refuse(stderr, source);
  const { effective } = source as NetConfiguration;
  if (effective.mountFuse.namespaces.length === 0) stderr.write('mountFuse.namespaces is empty: nobody may ask.\n');
  stdout.write(
    written(fusePolicy(source as NetConfiguration, { name: flags.name, exceptNamespaces: exceptions(flags) })),
  );
  process.exitCode = 0;
}

function refuse(stderr: CommandContext['process']['stderr'], problems: readonly string[]): void {
  stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 2;
}

function exceptions({ exceptNamespace = ['kube-system', 'kube-node-lease', 'pratique'] }: GenerateFlags) {
  return exceptNamespace;
}

/** The configuration of a file, or of the ConfigMap in it, or every problem as a line of text. */
async function sourceOf(file: string | undefined): Promise<NetConfiguration | string[]> {
  const name = file ?? 'the embedded default';
  let text = embedded;
  try {
    if (file !== undefined) text = configurationIn(await readFile(file, 'utf8'));
  } catch (error) {
    return [`${name}: cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
  const loaded = loadConfiguration(text, Date.now());
  if (loaded.kind === 'invalid') return loaded.problems.map((problem) => formatProblem(name, problem));
  const { configuration, effective } = loaded;
  return {
    configuration,
    effective,
    version: programVersion(),
    documentHash: documentHash(parseAllDocuments(text, { version: '1.1' })[0]?.toJS()),
  };
}

const embedded = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';

/** A ConfigMap, as the chart renders it, has the configuration under one key. */
function configurationIn(text: string): string {
  for (const document of parseAllDocuments(text, { version: '1.1' })) {
    const value = document.toJS() as {
      readonly kind?: unknown;
      readonly data?: Readonly<Record<string, unknown>>;
    } | null;
    const held = value?.kind === 'ConfigMap' ? value.data?.['config.yaml'] : undefined;
    if (typeof held === 'string') return held;
  }
  return text;
}

function written(objects: readonly ApiObject[]): string {
  return objects
    .map((object) => `---\n${stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('');
}
