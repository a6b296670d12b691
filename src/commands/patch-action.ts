import type { CommandContext } from '@stricli/core';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { stringify } from 'yaml';
import { mutatedSubject } from '../admission/mutate.ts';
import { fuseContract } from '../checks/fuse-contract.ts';
import { fieldPath, type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { documentsOf } from '../manifests/documents.ts';
import { type ManifestObject, parseDocument } from '../manifests/parse.ts';
import { chunksOf, readProblem } from '../manifests/sources.ts';
import { compileSubjects } from '../manifests/subjects.ts';
import { asksForFuse } from '../mutations/mount-fuse.ts';
import { patchBetween } from '../mutations/patch.ts';
import { type Configurations, configurationLoader, configurationsFrom } from './configuration-loader.ts';
import type { PatchFlags } from './patch.ts';

/** An object with what the mutation changes in it; of a workload, in its template. */
interface Patched {
  readonly object: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly patch: readonly Operation[];
  /** Why it asks for the device and would be denied. */
  readonly refused: string | undefined;
}

/** `pratique patch FILE`. */
export async function patchManifest(this: CommandContext, flags: PatchFlags, file: string): Promise<void> {
  const { stdout, stderr } = this.process;
  const configurations = configurationsFrom(await configurationLoader(flags.config, Date.now()), {});
  if (Array.isArray(configurations)) {
    stderr.write(`${configurations.join('\n')}\n`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = 0;
  try {
    for await (const document of documentsOf(chunksOf({ file, found: false }))) {
      const parsed = parseDocument(document);
      if (parsed.kind === 'invalid') {
        for (const { at, message } of parsed.problems) stderr.write(`${file}:${at.line}:${at.column}: ${message}\n`);
        process.exitCode = 2;
        continue;
      }
      for (const object of parsed.objects) {
        const patched = patchedObject(object, flags.namespace, configurations);
        stdout.write(written(patched, flags.format));
        if (patched.refused === undefined) continue;
        stderr.write(`${patched.name}: ${patched.refused}\n`);
        process.exitCode ||= 1;
      }
    }
  } catch (error) {
    const message = error instanceof UnreadableObjectError ? error.message : readProblem(error);
    stderr.write(`${file}: ${message}\n`);
    process.exitCode = 2;
  }
}

const subjectsOf = compileSubjects([]);

function patchedObject(
  { value }: ManifestObject,
  given: string | undefined,
  { configuration, anywhere }: Configurations,
): Patched {
  const metadata = (value['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
  const own = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined;
  const namespace = own ?? given;
  const { fuse } = namespace === undefined ? anywhere() : configuration;
  const name =
    `${String(value['kind'] ?? 'object')} ${String(metadata['name'] ?? metadata['generateName'] ?? '')}`.trim();
  const [subject] = subjectsOf(value, namespace ?? '').filter((one): one is PodSubject => one.kind === 'pod');
  if (subject === undefined) return { object: value, name, patch: [], refused: undefined };
  const after = mutatedSubject(subject, fuse);
  const patch = patchBetween(subject.pod, after.pod).map((one) => ({ ...one, path: `${subject.at}${one.path}` }));
  const [finding] = asksForFuse(after, fuse) ? fuseContract.find.pod(after, { fuse }) : [];
  return { object: value, name, patch, refused: finding?.message };
}

function written({ object, name, patch }: Patched, format: PatchFlags['format']): string {
  if (format === 'json-patch') return `${JSON.stringify(patch, undefined, 2)}\n`;
  if (format === 'diff') return changes(name, patch);
  const after = jsonpatch.applyPatch(plain(object), [...patch]).newDocument;
  if (format === 'json') return `${JSON.stringify(after, undefined, 2)}\n`;
  return `---\n${stringify(after, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })}`;
}

/** Objects that were read from YAML have no prototype, which the patch library wants. */
function plain(object: unknown): unknown {
  return JSON.parse(JSON.stringify(object));
}

/** Each leaf that is added, as a field path with its value. */
function changes(name: string, patch: readonly Operation[]): string {
  const lines = patch.flatMap((operation) => {
    const pointer = operation.path as Pointer;
    if (operation.op === 'remove') return [`- ${fieldPath(pointer)}`];
    const value: unknown = 'value' in operation ? operation.value : undefined;
    return leavesOf(pointer, value).map(([at, leaf]) => `+ ${fieldPath(at)}: ${JSON.stringify(leaf)}`);
  });
  return `${name}: ${lines.length === 0 ? 'nothing changes' : ''}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function leavesOf(at: Pointer, value: unknown): readonly (readonly [Pointer, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[at, value]];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(pointerTo(at, key), one));
}
