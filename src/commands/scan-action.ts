import type { CommandContext } from '@stricli/core';
import { type ClusterApi, ClusterError } from '../cluster/api.ts';
import { connect } from '../cluster/connection.ts';
import { collectOutlook, type OutlookCollector } from '../cluster/outlook.ts';
import { type Reports, removeReports, startReports } from '../cluster/reports.ts';
import { type ScanOptions, scanCluster } from '../cluster/scan.ts';
import { reporterFactory } from '../output/formats.ts';
import { jsonReporterWith } from '../output/json.ts';
import { outlookText } from '../output/outlook.ts';
import type { ReadError, Reporter, Totals } from '../output/result.ts';
import { counted } from '../output/summary.ts';
import { countResult, noTotals } from '../output/totals.ts';
import { configurationLoader } from './configuration-loader.ts';
import { exitCodeOf, keepHeapSmall, openReport, problemOf } from './report-stream.ts';
import type { ScanFlags } from './scan.ts';
import { programVersion } from './version.ts';

/** `pratique scan`. */
export async function scan(this: CommandContext, flags: ScanFlags): Promise<void> {
  keepHeapSmall();
  const { stderr } = this.process;
  const fail = (problem: string): void => {
    stderr.write(`${problem}\n`);
    process.exitCode = 2;
  };
  const options = await optionsFrom(flags, Date.now());
  if (Array.isArray(options)) return fail(options.join('\n'));
  const tell = (note: string): void => {
    stderr.write(`${note}\n`);
  };
  try {
    const api = await connect(flags);
    if (flags.reports === 'remove') {
      const { removed, problems } = await removeReports(api, flags.namespace);
      tell([`${counted(removed, 'report')} removed`, ...problems].join('\n'));
      process.exitCode = problems.length > 0 ? 2 : 0;
      return;
    }
    const reports = flags.reports === undefined ? undefined : await startReports(api, flags.namespace);
    const totals = await report({ api, reports, options, flags, tell });
    process.exitCode = exitCodeOf(totals, flags);
  } catch (error) {
    const problem = problemOf(error, flags);
    if (problem !== undefined) fail(problem);
  }
}

interface Run {
  readonly api: ClusterApi;
  readonly reports: Reports | undefined;
  readonly options: ScanOptions;
  readonly flags: ScanFlags;
  /** For what is no part of the report. */
  tell(note: string): void;
}

async function report({ api, reports, options, flags, tell }: Run): Promise<Totals> {
  const { write, isColorful, close } = openReport(flags);
  const outlook = collectOutlook(options.before !== undefined);
  const reporter = await scanReporter(flags, isColorful, outlook);
  const totals = noTotals();
  let isWhole = true;
  const fail = async (error: ReadError): Promise<void> => {
    totals.errors++;
    await write(reporter.error(error));
  };
  await write(reporter.begin());
  for await (const event of scanCluster(api, options)) {
    if (event.kind === 'note') tell(event.message);
    else if (event.kind === 'error') {
      isWhole &&= event.isWhole;
      await fail(event.error);
    } else {
      countResult(totals, event.result);
      outlook.add(event.result);
      reports?.add(event.result);
      await write(reporter.result(event.result));
    }
  }
  for (const message of await keepReports(reports, isWhole, tell)) {
    await fail({ file: '', document: undefined, message });
  }
  await write(reporter.end(totals));
  await close();
  return totals;
}

/** Writes the reports, unless something is missing of what they would have to say; gives what went wrong. */
async function keepReports(
  reports: Reports | undefined,
  isWhole: boolean,
  tell: Run['tell'],
): Promise<readonly string[]> {
  if (reports === undefined) return [];
  if (!isWhole) return ['reports were left as they are, since not everything that they tell of was read'];
  try {
    const { written, unchanged, removed, problems } = await reports.write();
    tell(`${counted(written, 'report')} written, ${unchanged} unchanged, ${removed} removed`);
    return problems;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return [`reports were not all written: ${error.message}`];
  }
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
