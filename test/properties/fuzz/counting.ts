import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

// A function that an optimising compiler has put into another one is no longer counted by itself.
setFlagsFromString('--no-opt');
setFlagsFromString('--no-maglev');

/** Begins to count how often blocks of code run, those of functions that are compiled from now on: see `meter.ts`. */
const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * How often the most used block of each function ran since this was asked last, summed by the URL of the file.
 *
 * Of each function only the most used one, since V8 leaves out a block that ran as often as what is around it: the sum
 * of all would jump.
 */
export function blocksByFile(): ReadonlyMap<string, number> {
  const { result } = post('Profiler.takePreciseCoverage') as Coverage;
  const blocks = new Map<string, number>();
  for (const { url, functions } of result) {
    const most = functions.map(({ ranges }) => Math.max(...ranges.map(({ count }) => count)));
    blocks.set(
      url,
      most.reduce((sum, count) => sum + count, blocks.get(url) ?? 0),
    );
  }
  return blocks;
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** Answers at once: a session of its own thread is synchronous. */
function post(method: string, parameters: object = {}): unknown {
  let answer: unknown;
  let failure: Error | null = null;
  session.post(method, parameters, (error: Error | null, value?: object) => {
    failure = error;
    answer = value;
  });
  if (failure !== null) throw failure;
  return answer;
}
