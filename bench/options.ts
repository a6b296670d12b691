import { parseArgs } from 'node:util';
import type { Extent } from './rounds.ts';

/** What the command line asks for. */
export interface Options extends Extent {
  /** Starts of each server. */
  readonly starts: number;
  /** Where to write the summary. */
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [--rounds N] [--quick] [--json FILE]
  --rounds N   alternating rounds, 10 unless told
  --quick      few reviews and two rounds: shows that it works, not how fast the webhook is
  --json FILE  writes the summary`;

/** Reads the command line; throws with a sentence when it makes no sense. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string' }, quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 10));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error('--rounds is a number from 1 to 100.');
  return { rounds, share: values.quick ? 0.1 : 1, starts: values.quick ? 1 : 7, json: values.json };
}
