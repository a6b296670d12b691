import type { Override } from '../config/assemble.ts';
import { defaultConfiguration } from '../config/embedded.ts';
import type { Configuration } from '../config/policy.ts';
import { messageOf } from '../config/problem.ts';

/** Compiles what was read once, each time with other overrides: a configuration, or every problem as a line of text. */
export type ConfigurationLoader = (override: Override) => Configuration | string[];

/**
 * Reads the configuration that a command is given, or takes the embedded one; `clock` is in milliseconds.
 *
 * The schemas are only loaded for a file: a command without one starts in half the time.
 */
export async function configurationLoader(file: string | undefined, clock: number): Promise<ConfigurationLoader> {
  if (file === undefined) {
    return (override) => {
      try {
        return defaultConfiguration(override);
      } catch (error) {
        return [messageOf(error)];
      }
    };
  }
  const { loadConfigurationBytes, loadConfigurationFile } = await import('../config/load.ts');
  const { formatProblem } = await import('../config/problem.ts');
  const { result, bytes } = await loadConfigurationFile(file, clock);
  return (override) => {
    const isOverridden = Object.values(override).some((value) => value !== undefined);
    const loaded = bytes === undefined || !isOverridden ? result : loadConfigurationBytes(bytes, clock, override);
    if (loaded.kind === 'configuration') return loaded.configuration;
    return loaded.problems.map((problem) => formatProblem(file, problem));
  };
}

/** A configuration for documents that say where they will be, and for those that do not. */
export interface Configurations {
  readonly configuration: Configuration;
  /** The same, but that every namespace may ask for the fuse device; compiled when it is first asked for. */
  anywhere(): Configuration;
}

/** Compiles a configuration, or gives every problem as a line of text. */
export function configurationsFrom(load: ConfigurationLoader, override: Override): Configurations | string[] {
  const configuration = load(override);
  if (Array.isArray(configuration)) return configuration;
  let anywhere: Configuration | undefined;
  return {
    configuration,
    anywhere() {
      const loaded = anywhere ?? load({ ...override, anyNamespaceMayAsk: true });
      if (Array.isArray(loaded)) throw new Error(loaded.join('\n'));
      anywhere = loaded;
      return loaded;
    },
  };
}
