import { readFile } from 'node:fs/promises';
import type { CommandContext } from '@stricli/core';
import { parseAllDocuments, stringify } from 'yaml';
import { loadConfiguration } from '../config/load.ts';
import { formatProblem, messageOf } from '../config/problem.ts';
import { documentHash } from '../safety-net/document-hash.ts';
import { tooLongExpressions } from '../safety-net/expressions.ts';
import { fusePolicy } from '../safety-net/fuse-policy.ts';
import type { ApiObject, NetConfiguration } from '../safety-net/objects.ts';
import { safetyNet } from '../safety-net/policy.ts';
import { type CommandResult, finish } from './command-result.ts';
import type { GenerateFlags, GenerateVapFlags } from './generate.ts';
import { programVersion } from './version.ts';

/** `pratique generate vap`. */
export async function generateVap(this: CommandContext, flags: GenerateVapFlags): Promise<void> {
  finish(this, runGenerateVap(await sourceOf(flags.config), flags, Date.now()));
}

/** `pratique generate map`. */
export async function generateMap(this: CommandContext, flags: GenerateFlags): Promise<void> {
  finish(this, runGenerateMap(await sourceOf(flags.config), flags));
}

/** The policies with what only warns on stderr, or every problem of the configuration or of an expression; `clock` is in milliseconds. */
export function runGenerateVap(source: Source, flags: GenerateVapFlags, clock: number): CommandResult {
  if ('problems' in source) return refused(source);
  const options = { name: flags.name, action: flags.action, exceptNamespaces: exceptions(flags), clock };
  const { objects, inexpressible } = safetyNet(source, options);
  const told = inexpressible.map(({ check, reason }) => `${check} only warns, since CEL cannot say this: ${reason}\n`);
  if (objects.length === 0) {
    told.push('No namespace is enforced, or none denies what the net holds: there is nothing to print.\n');
  }
  return printed(objects, told.join(''));
}

/** The policy that grants the device, or every problem of the configuration. */
export function runGenerateMap(source: Source, flags: GenerateFlags): CommandResult {
  if ('problems' in source) return refused(source);
  const objects = fusePolicy(source, { name: flags.name, exceptNamespaces: exceptions(flags) });
  const nobody = source.effective.mountFuse.namespaces.length === 0;
  const stderr = nobody ? 'mountFuse.namespaces is empty: the policy grants the device to nobody.\n' : '';
  return printed(objects, stderr);
}

/** Policies, unless the API server would not take them. */
function printed(objects: readonly ApiObject[], stderr: string): CommandResult {
  const problems = tooLongExpressions(objects);
  return problems.length > 0 ? refused({ problems }) : { exitCode: 0, stdout: written(objects), stderr };
}

/** A configuration, or every problem of it as a line of text. */
type Source = NetConfiguration | { readonly problems: readonly string[] };

function refused({ problems }: { readonly problems: readonly string[] }): CommandResult {
  return { exitCode: 2, stdout: '', stderr: `${problems.join('\n')}\n` };
}

function exceptions({ exceptNamespace = ['kube-system', 'kube-node-lease', 'pratique'] }: GenerateFlags) {
  return exceptNamespace;
}

/** Reads the configuration of a file, or of the ConfigMap in it; the embedded default without a file. */
export async function sourceOf(file: string | undefined): Promise<Source> {
  const name = file ?? 'the embedded default';
  let text = embedded;
  try {
    if (file !== undefined) text = configurationIn(await readFile(file, 'utf8'));
  } catch (error) {
    return { problems: [`${name}: cannot be read: ${messageOf(error)}`] };
  }
  const loaded = loadConfiguration(text, Date.now());
  if (loaded.kind === 'invalid') {
    return { problems: loaded.problems.map((problem) => formatProblem(name, problem)) };
  }
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
