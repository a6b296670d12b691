import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.ts';

/** How long commands take from their start to their end, in milliseconds: medians of turns. */
export interface CommandTimes {
  /** `node -e 0`. */
  readonly nodeMs: number;
  /** `pratique check` of one small file. */
  readonly checkMs: number;
}

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const file = fileURLToPath(new URL('../test/fixtures/gitlab/01-img-build-no-limits.json', import.meta.url));

/** Runs both in turns; the first turn reads the files from disk and does not count. */
export function measureCommands(times: number): CommandTimes {
  const node: number[] = [];
  const check: number[] = [];
  for (let time = -1; time < times; time++) {
    const [one, other] = [timed(['-e', '0'], 0), timed([program, 'check', '--namespace', 'ci', file], 1)];
    if (time < 0) continue;
    node.push(one);
    check.push(other);
  }
  return { nodeMs: median(node), checkMs: median(check) };
}

/** Throws when the program ends otherwise than it should: a time of something else would be no time. */
function timed(args: readonly string[], exitCode: number): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== exitCode) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startedAt;
}
