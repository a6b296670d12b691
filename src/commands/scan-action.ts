import type { CommandContext } from '@stricli/core';
import { type ClusterApi, ClusterError } from '../cluster/api.ts';
import { connect } from '../cluster/connection.ts';
import { collectOutlook, type OutlookCollector } from '../cluster/outlook.ts';
import { type ScanOptions, scanCluster } from '../cluster/scan.ts';
import { reporterFactory } from '../output/formats.ts';
import { jsonReporterWith } from '../output/json.ts';
import { outlookText } from '../output/outlook.ts';
import type { Reporter, Totals } from '../output/result.ts';
import { configurationLoader } from './configuration-loader.ts';
import {
  exitCodeOf,
  isClosedPipe,
  keepOldGenerationSmall,
  keepYoungGenerationSmall,
  openReport,
} from './report-stream.ts';
import type { ScanFlags } from './scan.ts';
import { programVersion } from './version.ts';

/** `pratique scan`. */
export async function scan(this: CommandContext, flags: ScanFlags): Promise<void> {
  keepYoungGenerationSmall();
  keepOldGenerationSmall();
  const { stderr } = this.process;
  const fail = (problem: string): void => {
    stderr.write(`${problem}\n`);
    process.exitCode = 2;
  };
  const options = await optionsFrom(flags, Date.now());
  if (Array.isArray(options)) return fail(options.join('\n'));
  try {
    const api = await connect(flags);
    const totals = await report(api, options, flags, (note) => stderr.write(`${note}\n`));
    process.exitCode = exitCodeOf(totals, flags);
  } catch (error) {
    if (isClosedPipe(error)) return;
    if (error instanceof ClusterError) return fail(error.message);
    fail(`${flags.output ?? 'standard output'}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function report(
  api: ClusterApi,
  options: ScanOptions,
  flags: ScanFlags,
  tell: (note: string) => void,
): Promise<Totals> {
  const { write, isColorful, close } = openReport(flags);
  const outlook = collectOutlook(options.before !== undefined);
  const reporter = await scanReporter(flags, isColorful, outlook);
  const totals = { files: 0, objects: 0, denied: 0, warned: 0, errors: 0 };
  await write(reporter.begin());
  for await (const event of scanCluster(api, options)) {
    if (event.kind === 'note') tell(event.message);
    else if (event.kind === 'error') {
      totals.errors++;
      await write(reporter.error(event.error));
    } else {
      totals.objects++;
      if (event.result.verdict === 'deny') totals.denied++;
      if (event.result.verdict === 'warn') totals.warned++;
      outlook.add(event.result);
      await write(reporter.result(event.result));
    }
  }
  await write(reporter.end(totals));
  await close();
  return totals;
}

/** Text and JSON say more of a cluster than of files; the forms of the others are not ours. */
async function scanReporter(
  { format, config }: ScanFlags,
  color: boolean,
  { outlook }: OutlookCollector,
): Promise<Reporter> {
  if (format === 'json') return jsonReporterWith(() => ({ ...outlook() }));
  const reporter = (await reporterFactory(format))({ color, version: programVersion() });
  if (format !== 'text') return reporter;
  const under = config ?? 'the built-in configuration';
  return { ...reporter, end: (totals) => `${reporter.end(totals)}${outlookText(outlook(), under)}` };
}

/** What to scan and what to judge it by, or every problem of the configurations. */
async function optionsFrom(flags: ScanFlags, clock: number): Promise<ScanOptions | string[]> {
  const { config, compare, profile, mode, namespace } = flags;
  const configuration = (await configurationLoader(config, clock))({ profile, mode });
  if (Array.isArray(configuration)) return configuration;
  const compares = config !== undefined || compare !== undefined;
  const before = compares ? (await configurationLoader(compare, clock))({}) : undefined;
  if (Array.isArray(before)) return before;
  return { configuration, before, clock, namespace };
}
