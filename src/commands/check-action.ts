import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import type { CommandContext } from '@stricli/core';
import type { Configuration } from '../config/policy.ts';
import { customResources } from '../facts/custom-resources.ts';
import type { Judge } from '../manifests/judge.ts';
import { judgeSources, noTotals } from '../manifests/run.ts';
import { sourcesOf } from '../manifests/sources.ts';
import { compileSubjects } from '../manifests/subjects.ts';
import { reporterFactory } from '../output/formats.ts';
import type { Totals } from '../output/result.ts';
import type { CheckFlags } from './check.ts';
import { configurationLoader } from './configuration-loader.ts';
import { programVersion } from './version.ts';

/** `pratique check PATH…`. */
export async function checkManifests(this: CommandContext, flags: CheckFlags, ...paths: string[]): Promise<void> {
  keepYoungGenerationSmall();
  const { stderr } = this.process;
  const judge = await judgeFrom(flags, Date.now());
  if (Array.isArray(judge)) {
    stderr.write(judge.map((problem) => `${problem}\n`).join(''));
    process.exitCode = 2;
    return;
  }
  try {
    const totals = await report(judge, flags, paths);
    process.exitCode = exitCodeOf(totals, flags);
  } catch (error) {
    // A reader that has seen enough, such as `head`, is no error of ours.
    if (isClosedPipe(error)) return;
    stderr.write(`${flags.output ?? 'standard output'}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}

/**
 * A stream leaves garbage only: a young generation that grows as long as there is some would take half as much memory
 * again for a long stream as for a short one.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--max-semi-space-size=4');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** 2: something could not be read; 1: something is denied, or warned of where that counts. */
function exitCodeOf({ errors, denied, warned }: Totals, { failOn }: CheckFlags): 0 | 1 | 2 {
  if (errors > 0) return 2;
  return denied > 0 || (failOn === 'warn' && warned > 0) ? 1 : 0;
}

async function report(judge: Judge, flags: CheckFlags, paths: readonly string[]): Promise<Totals> {
  const output: Writable = flags.output === undefined ? process.stdout : createWriteStream(flags.output);
  const write = writerTo(output);
  const color = flags.color === 'always' || (flags.color === 'auto' && isColorful(output));
  const reporter = (await reporterFactory(flags.format))({ color, version: programVersion() });
  const totals = noTotals();
  await write(reporter.begin());
  for await (const event of judgeSources(sourcesOf(paths), judge, totals)) {
    await write('result' in event ? reporter.result(event.result) : reporter.error(event.error));
  }
  await write(reporter.end(totals));
  if (output !== process.stdout) {
    output.end();
    await finished(output);
  }
  return totals;
}

/** Waits while the destination is full, so that nothing piles up. */
function writerTo(output: Writable): (text: string) => Promise<void> {
  let failure: Error | undefined;
  output.on('error', (error: Error) => {
    failure ??= error;
  });
  return async (text) => {
    if (failure !== undefined) throw failure;
    if (text === '' || output.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        output.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      output.on('drain', done).on('close', done).on('error', done);
    });
    if (failure !== undefined) throw failure;
  };
}

/** Node itself heeds NO_COLOR and FORCE_COLOR (no-color.org). */
function isColorful(output: Writable): boolean {
  return output === process.stdout && process.stdout.isTTY && process.stdout.hasColors();
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** What documents are judged by, or every problem of the configuration. */
async function judgeFrom(flags: CheckFlags, clock: number): Promise<Judge | string[]> {
  const { profile, mode } = flags;
  const load = await configurationLoader(flags.config, clock);
  const configuration = load({ profile, mode });
  if (Array.isArray(configuration)) return configuration;
  let anywhere: Configuration | undefined;
  return {
    configuration,
    anywhere: () => {
      const loaded = anywhere ?? load({ profile, mode, anyNamespaceMayAsk: true });
      if (Array.isArray(loaded)) throw new Error(loaded.join('\n'));
      anywhere = loaded;
      return loaded;
    },
    subjectsOf: compileSubjects([...customResources, ...configuration.customResources]),
    namespace: flags.namespace,
    clock,
  };
}
