import type { CommandContext } from '@stricli/core';
import { customResources } from '../facts/custom-resources.ts';
import type { Judge } from '../manifests/judge.ts';
import { judgeSources } from '../manifests/run.ts';
import { sourcesOf } from '../manifests/sources.ts';
import { compileSubjects } from '../manifests/subjects.ts';
import { reporterFactory } from '../output/formats.ts';
import type { Totals } from '../output/result.ts';
import { noTotals } from '../output/totals.ts';
import type { CheckFlags } from './check.ts';
import { configurationLoader, configurationsFrom } from './configuration-loader.ts';
import { exitCodeOf, keepHeapSmall, openReport, problemOf } from './report-stream.ts';
import { programVersion } from './version.ts';

/** `pratique check PATH…`. */
export async function checkManifests(this: CommandContext, flags: CheckFlags, ...paths: string[]): Promise<void> {
  keepHeapSmall();
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
    const problem = problemOf(error, flags);
    if (problem === undefined) return;
    stderr.write(`${problem}\n`);
    process.exitCode = 2;
  }
}

async function report(judge: Judge, flags: CheckFlags, paths: readonly string[]): Promise<Totals> {
  const { write, isColorful, close } = openReport(flags);
  const reporter = (await reporterFactory(flags.format))({ color: isColorful, version: programVersion() });
  const totals = noTotals();
  await write(reporter.begin());
  for await (const event of judgeSources(sourcesOf(paths), judge, totals)) {
    await write('result' in event ? reporter.result(event.result) : reporter.error(event.error));
  }
  await write(reporter.end(totals));
  await close();
  return totals;
}

/** What documents are judged by, or every problem of the configuration. */
async function judgeFrom(flags: CheckFlags, clock: number): Promise<Judge | string[]> {
  const { profile, mode } = flags;
  const configurations = configurationsFrom(await configurationLoader(flags.config, clock), { profile, mode });
  if (Array.isArray(configurations)) return configurations;
  return {
    ...configurations,
    subjectsOf: compileSubjects([...customResources, ...configurations.configuration.customResources]),
    namespace: flags.namespace,
    clock,
  };
}
