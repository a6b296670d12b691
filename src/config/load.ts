import { readFile } from 'node:fs/promises';
import { printable } from '../matching/printable.ts';
import { type Assembly, assemble, type Override } from './assemble.ts';
import type { ConfigurationDocument } from './document.ts';
import type { EffectiveConfiguration } from './effective.ts';
import type { Notice } from './notices.ts';
import type { Configuration } from './policy.ts';
import { type Complaint, formatPath, messageOf, type Problem } from './problem.ts';
import { structureOf } from './structure.ts';
import { type Position, readYaml } from './yaml.ts';

const longestMessage = 2_000;

/** A configuration, or everything that is wrong with it. */
export type LoadResult =
  | {
      readonly kind: 'configuration';
      readonly configuration: Configuration;
      /** The document with nothing left out, for `config show`. */
      readonly effective: EffectiveConfiguration;
      readonly notices: readonly Notice[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** What was loaded from a file, with the bytes that it came from; undefined when they could not be read. */
export interface LoadedFile {
  readonly result: LoadResult;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Loads a configuration from its text: reads the YAML, holds the whole document against its form and against every
 * rule, merges it into the embedded default and compiles it.
 *
 * Never throws on a text: whatever is wrong is among the problems, in the order of the text. `now` (milliseconds since
 * the epoch) only decides which exemptions are told to be expired.
 */
export function loadConfiguration(text: string, now: number, override?: Override): LoadResult {
  const yaml = readYaml(text);
  if (yaml.kind === 'invalid') {
    return { kind: 'invalid', problems: inOrder(yaml.problems.map((one) => problemOf(one, one.position))) };
  }
  const { value } = yaml;
  const { sound, complaints } = structureOf(value, 'PratiqueConfiguration');
  const malformed = new Set([...profileNames(value)].filter((name) => !profileNames(sound).has(name)));
  const assembly = assemble({ document: sound, malformed, complaints }, now, override);
  return located(assembly, (path) => yaml.locate(path));
}

/** Loads a configuration from a file; a file that cannot be read is a problem as well. */
export async function loadConfigurationFile(path: string, now: number, override?: Override): Promise<LoadedFile> {
  try {
    const bytes = await readFile(path);
    return { result: loadConfigurationBytes(bytes, now, override), bytes };
  } catch (error) {
    return { result: unreadable(error), bytes: undefined };
  }
}

/** Loads a configuration from the bytes of a file, which must be UTF-8. */
export function loadConfigurationBytes(bytes: Uint8Array, now: number, override?: Override): LoadResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    return unreadable(error);
  }
  return loadConfiguration(text, now, override);
}

/** The result for a file that could not be read. */
export function unreadable(error: unknown): LoadResult {
  const reason = messageOf(error);
  return { kind: 'invalid', problems: [{ path: '', message: `cannot be read: ${reason}` }] };
}

function located(assembly: Assembly, locate: (path: Complaint['path']) => Position): LoadResult {
  if (assembly.kind === 'invalid') {
    const problems = assembly.complaints.map((complaint) => problemOf(complaint, locate(complaint.path)));
    return { kind: 'invalid', problems: inOrder(problems) };
  }
  const { configuration, effective } = assembly;
  const notices = assembly.notices.map(({ kind, at, message }) => {
    return { kind, path: formatPath(at), line: locate(at).line, message };
  });
  return { kind: 'configuration', configuration, effective, notices };
}

/** What a person reads in a terminal: a text may have any character, and the parser quotes it as it is. */
function problemOf({ path, message, suggestion }: Complaint, { line, column }: Position): Problem {
  const problem = { path: printable(formatPath(path)), line, column, message: printable(message, longestMessage) };
  return suggestion === undefined ? problem : { ...problem, suggestion: printable(suggestion, longestMessage) };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function profileNames(document: unknown): ReadonlySet<string> {
  const { profiles } = (document ?? {}) as Partial<ConfigurationDocument>;
  return new Set(typeof profiles === 'object' && profiles !== null ? Object.keys(profiles) : []);
}
