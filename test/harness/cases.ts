import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { subjectReader } from '../../src/kubernetes/reader.ts';
import type { Subject } from '../../src/kubernetes/subject.ts';

/** A pod fragment as a cases file writes it; what is left out is filled in by `completePod`. */
export interface Fragment {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface Written extends Fragment {
  readonly name: string;
  readonly each?: readonly string[];
  /** In place of a fragment: a whole object of any kind that is judged. */
  readonly object?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
  readonly site?: Readonly<Record<string, unknown>>;
  readonly allow?: unknown;
  readonly at?: readonly string[];
}

/** One case of a check: a whole object, most often a pod, with what is expected of it. */
export interface Case {
  readonly name: string;
  readonly object: Record<string, unknown>;
  readonly namespace: string;
  readonly site: Readonly<Record<string, unknown>>;
  readonly allow: unknown;
  readonly at: readonly string[];
}

/** The cases of one check, as its `<id>.cases.yaml` holds them; `each` is already spread out. */
export interface Cases {
  readonly found: readonly Case[];
  readonly clean: readonly Case[];
  readonly allowed: readonly Case[];
  readonly refused: readonly Case[];
  readonly instead: { readonly before: Case; readonly after: Case };
}

/** The subject of a case, read as a review of its kind is. */
export function caseSubject({ object, namespace }: Case): Subject {
  const [group = '', version] = String(object['apiVersion']).split('/');
  const read = subjectReader({ group: version === undefined ? '' : group, kind: String(object['kind']) });
  const subject = read?.(object, namespace);
  if (subject === undefined) throw new Error(`${String(object['kind'])} is not judged.`);
  return subject;
}

/** Reads the cases of a check; throws when the file is missing, or has a key that no case has. */
export function readCases(folder: URL, id: string): Cases {
  const file = parse(readFileSync(new URL(`${id}.cases.yaml`, folder), 'utf8'), { version: '1.1' }) as {
    readonly found: readonly Written[];
    readonly clean: readonly Written[];
    readonly allowed?: readonly Written[];
    readonly refused?: readonly Written[];
    readonly instead: { readonly before: string; readonly after: Fragment & Pick<Written, 'object'> };
  };
  requireKeys(id, file, ['found', 'clean', 'allowed', 'refused', 'instead']);
  const found = file.found.flatMap((one) => spread(id, one));
  const before = found.find(({ name }) => name === file.instead.before || name.startsWith(`${file.instead.before}: `));
  if (before === undefined) throw new Error(`${id}: no found case is named ${JSON.stringify(file.instead.before)}`);
  return {
    found,
    clean: file.clean.flatMap((one) => spread(id, one)),
    allowed: (file.allowed ?? []).flatMap((one) => spread(id, one)),
    refused: (file.refused ?? []).flatMap((one) => spread(id, one)),
    instead: { before, after: completeCase(id, { ...file.instead.after, name: 'instead' }) },
  };
}

function spread(id: string, written: Written): readonly Case[] {
  if (written.each === undefined) return [completeCase(id, written)];
  return written.each.map((value) => {
    const { each: _, ...rest } = written;
    const one = substituted(rest, value) as Written;
    return completeCase(id, { ...one, name: `${written.name}: ${JSON.stringify(value)}` });
  });
}

function substituted(node: unknown, value: string): unknown {
  if (typeof node === 'string') return filled(node, value);
  if (Array.isArray(node)) return node.map((entry) => substituted(entry, value));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, entry]) => [filled(key, value), substituted(entry, value)]),
  );
}

/** `${each}` stands for the value, `${each~1}` for the value as a token of a JSON pointer. */
function filled(text: string, value: string): string {
  const token = value.replaceAll('~', '~0').replaceAll('/', '~1');
  return text.replaceAll('${each}', () => value).replaceAll('${each~1}', () => token);
}

function completeCase(id: string, written: Written): Case {
  requireKeys(id, written, ['name', 'each', 'namespace', 'metadata', 'spec', 'object', 'site', 'allow', 'at']);
  return {
    name: written.name,
    object: written.object === undefined ? completePod(written) : completeObject(written.object),
    namespace: written.namespace ?? 'jobs',
    site: written.site ?? {},
    allow: written.allow,
    at: written.at ?? [],
  };
}

function completeObject(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...object, metadata: { name: 'case', ...(object['metadata'] as object | undefined) } };
}

/** Makes a pod of a fragment: containers get a name and an image where they have none; one is added where none is. */
export function completePod({ metadata, spec }: Fragment): Record<string, unknown> {
  const lists = Object.fromEntries(
    (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) => {
      const written = (spec?.[list] ?? (list === 'containers' ? [{}] : undefined)) as readonly object[] | undefined;
      if (written === undefined) return [];
      const prefix = { containers: 'main', initContainers: 'init', ephemeralContainers: 'debug' }[list];
      const named = written.map((container, index) => ({
        name: index === 0 ? prefix : `${prefix}-${index}`,
        image: 'registry.example/app:1',
        ...container,
      }));
      return [[list, named]];
    }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'case', ...metadata },
    spec: { ...spec, ...lists },
  };
}

function requireKeys(id: string, value: object, keys: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new Error(`${id}.cases.yaml: unknown key ${JSON.stringify(key)}`);
  }
}
