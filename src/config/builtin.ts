import { readFileSync } from 'node:fs';
import builtIn from './builtin.json' with { type: 'json' };
import type { BuiltInBuilder, BuiltInProfile } from './builtin-names.ts';
import type { AllowanceDocument, BuilderFile, ConfigurationDocument, ProfileFile } from './document.ts';

// The YAML files are read, and held against their form, when builtin.json is generated from them.
const files = builtIn as unknown as {
  readonly default: ConfigurationDocument;
  readonly profiles: Readonly<Record<BuiltInProfile, ProfileFile>>;
  readonly builders: Readonly<Record<BuiltInBuilder, BuilderFile>>;
};

/** The configuration that a user's document is merged into. */
export function defaultDocument(): ConfigurationDocument {
  return files.default;
}

/** The text of the embedded default, comments and all. */
export function defaultText(): string {
  return readFileSync(new URL('default.yaml', import.meta.url), 'utf8');
}

/** A built-in profile, as its file has it. */
export function profileFile(name: BuiltInProfile): ProfileFile {
  return files.profiles[name];
}

/** A built-in builder profile, as its file has it. */
export function builderFile(name: BuiltInBuilder): BuilderFile {
  return files.builders[name];
}

/** All that a builder profile tolerates in one pod or another, by check. */
export function builderAllowances(name: BuiltInBuilder): readonly (readonly [check: string, AllowanceDocument])[] {
  const { allow, allowOutsideSandboxClasses = {} } = builderFile(name);
  return [...Object.entries(allow), ...Object.entries(allowOutsideSandboxClasses)];
}
