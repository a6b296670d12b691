import type { Override } from '../config/assemble.ts';
import { defaultConfiguration } from '../config/embedded.ts';
import type { Configuration } from '../config/policy.ts';

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
        return [error instanceof Error ? error.message : String(error)];
      }
    };
  }
  const { loadConfigurationBytes, loadConfigurationFile } = await import('../config/load.ts');
  const { formatProblem } = await import('../config/problem.ts');
  const { result, bytes } = await loadConfigurationFile(file, clock);
  return (override) => {
    const loaded = bytes === undefined ? result : loadConfigurationBytes(bytes, clock, override);
    if (loaded.kind === 'configuration') return loaded.configuration;
    return loaded.problems.map((problem) => formatProblem(file, problem));
  };
}
