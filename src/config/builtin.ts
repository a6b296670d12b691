import { readFileSync } from 'node:fs';
import type { BuiltInBuilder, BuiltInProfile } from './builtin-names.ts';
import type { BuilderFile, ConfigurationDocument, ProfileFile } from './document.ts';
import { readYaml } from './yaml.ts';

const read = new Map<string, unknown>();

/** The configuration that a user's document is merged into. */
export function defaultDocument(): ConfigurationDocument {
  return parsed('default.yaml') as ConfigurationDocument;
}

/** The text of the embedded default, comments and all. */
export function defaultText(): string {
  return textOf('default.yaml');
}

/** Reads a built-in profile. */
export function profileFile(name: BuiltInProfile): ProfileFile {
  return parsed(`profiles/${name}.yaml`) as ProfileFile;
}

/** Reads a built-in builder profile. */
export function builderFile(name: BuiltInBuilder): BuilderFile {
  return parsed(`builders/${name}.yaml`) as BuilderFile;
}

/**
 * Reads a built-in file as a user's is read, once.
 *
 * Its form is proved by the tests, and not again at each start: the schemas would double the time that it takes.
 */
function parsed(file: string): unknown {
  if (read.has(file)) return read.get(file);
  const result = readYaml(textOf(file));
  if (result.kind === 'invalid') throw new Error(`The built-in ${file} is no YAML: ${result.problems[0]?.message}`);
  read.set(file, result.value);
  return result.value;
}

function textOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
