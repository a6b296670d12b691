import type { CommandContext } from '@stricli/core';
import { loadConfigurationFile } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { configuredOf } from '../journal/queries/configured.ts';
import { number, recordFilter, timeRange } from '../journal/queries/parameters.ts';
import { simulateTable } from '../journal/queries/roll-out-tables.ts';
import { simulate } from '../journal/queries/simulate.ts';
import { storedNameWith, writeAnswers } from './journal-answer.ts';
import type { SimulateFlags } from './journal-simulate.ts';

/** `pratique journal simulate`. */
export async function simulateJournal(this: CommandContext, flags: SimulateFlags): Promise<void> {
  const now = Date.now();
  const { result } = await loadConfigurationFile(flags.config, now);
  if (result.kind === 'invalid') {
    this.process.stderr.write(`${result.problems.map((problem) => formatProblem(flags.config, problem)).join('\n')}\n`);
    process.exitCode = 2;
    return;
  }
  const configured = configuredOf(result.configuration, result.effective);
  await writeAnswers(this, flags, async function* ({ db }) {
    const { namespace, user, owner } = flags;
    const filter = recordFilter({ namespace, user, owner }, await storedNameWith(flags));
    const question = { ...timeRange(flags, now), filter, limit: number(flags, 'limit', 100, 10_000) };
    yield simulateTable(await simulate(db, question, configured, now));
  });
}
