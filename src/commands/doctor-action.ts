import type { CommandContext } from '@stricli/core';
import { connect } from '../cluster/connection.ts';
import { loadConfigurationFile } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { examine } from '../doctor/examine.ts';
import { gather } from '../doctor/gather.ts';
import { doctorJson, doctorText, exitCodeOf } from '../doctor/report.ts';
import type { LoadedConfiguration } from '../doctor/state.ts';
import type { DoctorFlags } from './doctor.ts';
import { openReport, problemOf } from './report-stream.ts';
import { programVersion } from './version.ts';

/** `pratique doctor`. */
export async function doctor(this: CommandContext, flags: DoctorFlags): Promise<void> {
  const fail = (problem: string): void => {
    this.process.stderr.write(`${problem}\n`);
    process.exitCode = 2;
  };
  const { namespace, name, trust = [], format } = flags;
  const clock = Date.now();
  const configuration = await configurationFrom(flags.config, clock);
  if (Array.isArray(configuration)) return fail(configuration.join('\n'));
  try {
    const api = await connect(flags);
    // biome-ignore lint/style/noProcessEnv: what the kubelet tells every pod
    const inCluster = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
    const state = await gather(api, { namespace, name, configuration, clock, inCluster });
    const examined = examine(state, { namespace, name, clock, version: programVersion(), trusted: new Set(trust) });
    const { write, isColorful, close } = openReport(flags);
    const installation = { namespace, name };
    await write(
      format === 'json'
        ? doctorJson(examined, installation)
        : doctorText(examined, installation, { color: isColorful }),
    );
    await close();
    process.exitCode = exitCodeOf(examined);
  } catch (error) {
    const problem = problemOf(error, flags);
    if (problem !== undefined) fail(problem);
  }
}

/** What --config names; undefined without it, or every problem as a line of text. */
async function configurationFrom(
  file: string | undefined,
  clock: number,
): Promise<LoadedConfiguration | string[] | undefined> {
  if (file === undefined) return undefined;
  const { result } = await loadConfigurationFile(file, clock);
  if (result.kind === 'configuration') return result;
  return result.problems.map((problem) => formatProblem(file, problem));
}
