import { wholeDocument } from '../config/effective.ts';
import { defaultConfiguration, defaultEffective } from '../config/embedded.ts';
import type { Configuration } from '../config/policy.ts';
import { formatProblem, type Problem } from '../config/problem.ts';

/** The configuration in force, and how its last reload went. */
export interface LiveConfiguration {
  current(): Configuration;
  /** The same as a document with nothing left out. */
  document(): Readonly<Record<string, unknown>>;
  reloadFailures(): number;
  /** When a configuration was last loaded, in milliseconds since the epoch. */
  lastLoaded(): number;
  /** What is wrong with the file as it is now, one line each; empty when it is the one in force. */
  problems(): readonly string[];
  /** Calls the listener after each reload, failed ones included. */
  onReload(listener: (problems: readonly string[]) => void): void;
  stop(): void;
}

/** What makes a first start impossible, one line each. */
export interface InvalidStart {
  readonly invalid: readonly string[];
}

/** The configuration of a file, which is taken again when it changes; the embedded one without a file. */
export async function liveConfiguration(file: string | undefined): Promise<LiveConfiguration | InvalidStart> {
  if (file === undefined) return unchanging(defaultConfiguration());
  // The schema and the YAML reader are 100 ms of start-up that a process without a file does not need.
  const [{ loadConfigurationFile }, { watchConfiguration }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/watch.ts'),
  ]);
  const loaded = await loadConfigurationFile(file, Date.now());
  if (loaded.result.kind === 'invalid') return { invalid: toLines(file, loaded.result.problems) };
  let { configuration: current, effective } = loaded.result;
  let lastLoaded = Date.now();
  let failures = 0;
  let problems: readonly string[] = [];
  const listeners: ((problems: readonly string[]) => void)[] = [];
  const watch = watchConfiguration({
    path: file,
    loaded,
    onChange(result) {
      if (result.kind === 'configuration') {
        ({ configuration: current, effective } = result);
        lastLoaded = Date.now();
        problems = [];
      } else {
        failures++;
        problems = toLines(file, result.problems);
      }
      for (const listener of listeners) listener(problems);
    },
  });
  return {
    current: () => current,
    document: () => wholeDocument(effective),
    reloadFailures: () => failures,
    lastLoaded: () => lastLoaded,
    problems: () => problems,
    onReload: (listener) => void listeners.push(listener),
    stop: () => watch.stop(),
  };
}

function unchanging(configuration: Configuration): LiveConfiguration {
  const loaded = Date.now();
  return {
    current: () => configuration,
    document: () => wholeDocument(defaultEffective()),
    reloadFailures: () => 0,
    lastLoaded: () => loaded,
    problems: () => [],
    onReload: () => {},
    stop: () => {},
  };
}

function toLines(file: string, problems: readonly Problem[]): readonly string[] {
  return problems.map((problem) => formatProblem(file, problem));
}
