import { assemble, type Override } from './assemble.ts';
import { defaultDocument } from './builtin.ts';
import { type EffectiveConfiguration, mergeConfiguration } from './effective.ts';
import type { Configuration } from './policy.ts';

let embedded: Configuration | undefined;

/**
 * The configuration that holds without a file: kube-system is only recorded, everything else is enforced.
 *
 * Needs neither the YAML reader nor the schemas, so that a process without a configuration file never loads them.
 * Throws on an override that names a profile which is not built in.
 */
export function defaultConfiguration(override?: Override): Configuration {
  if (override !== undefined) return compiled(override);
  embedded ??= compiled();
  return embedded;
}

/** The same with nothing left out, as a document. */
export function defaultEffective(): EffectiveConfiguration {
  return mergeConfiguration(defaultDocument(), defaultDocument());
}

function compiled(override?: Override): Configuration {
  const source = { document: defaultDocument(), malformed: new Set<string>(), complaints: [] };
  const assembly = assemble(source, Date.now(), override);
  if (assembly.kind === 'configuration') return assembly.configuration;
  const [complaint] = assembly.complaints;
  throw new Error(`${complaint?.path.join('.')}: ${complaint?.message}`);
}
