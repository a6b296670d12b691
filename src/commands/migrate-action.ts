import { writeFile } from 'node:fs/promises';
import type { CommandContext } from '@stricli/core';
import { type Kyverno, openKyverno } from '../migrate/kyverno.ts';
import { KyvernoError, usualLimits } from '../migrate/kyverno-process.ts';
import { migrate } from '../migrate/migration.ts';
import { ownObjectsIn, type Policies, policiesIn } from '../migrate/read.ts';
import { configurationText, migrationJson, migrationText } from '../migrate/report.ts';
import { exitCodeOf, type Migration } from '../migrate/result.ts';
import type { MigrateFlags } from './migrate.ts';
import { openReport, problemOf } from './report-stream.ts';

/** `pratique migrate kyverno PATH…`. */
export async function migrateKyverno(this: CommandContext, flags: MigrateFlags, ...paths: string[]): Promise<void> {
  const fail = (problem: string): void => {
    this.process.stderr.write(`${problem}\n`);
    process.exitCode = 2;
  };
  if (flags.live === paths.length > 0) return fail('name files or folders with policies, or --live, and not both');
  try {
    const policies = await policiesFrom(flags, paths);
    const { own, errors } = await ownObjectsIn(flags.on ?? []);
    const kyverno = await openKyverno(flags.kyverno, { ...usualLimits, signal: givenUp() });
    const problems = [...policies.errors, ...errors];
    for (const problem of problems) this.process.stderr.write(`${problem}\n`);
    if (policies.rules.length + policies.exceptions.length === 0) {
      return fail(`${flags.live ? 'the cluster' : paths.join(', ')}: no policy of Kyverno's`);
    }
    await print(await migrated({ ...policies, own, errors: problems, kyverno }), flags);
  } catch (error) {
    const problem = error instanceof KyvernoError ? error.message : problemOf(error, flags);
    if (problem !== undefined) fail(problem);
  }
}

/** Whoever ends the command has the CLI ended too, and its folder taken away. */
function givenUp(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function policiesFrom({ live, ...connection }: MigrateFlags, paths: readonly string[]): Promise<Policies> {
  if (!live) return policiesIn(paths);
  const [{ connect }, { livePolicies }] = await Promise.all([
    import('../cluster/connection.ts'),
    import('../migrate/live.ts'),
  ]);
  return livePolicies(await connect(connection));
}

function migrated(
  input: Policies & { readonly kyverno: Kyverno | undefined; readonly own: Parameters<typeof migrate>[0]['own'] },
) {
  const isWatched = process.stderr.isTTY === true;
  const progress = (text: string) => process.stderr.write(`\r\u001b[K${text}`);
  return migrate({ ...input, clock: Date.now(), ...(isWatched ? { progress } : {}) });
}

async function print(migration: Migration, flags: MigrateFlags): Promise<void> {
  const configuration = configurationText(migration.configuration, migration.toFillIn);
  const { write, isColorful, close } = openReport(flags);
  if (flags.configuration === '-') await write(configuration);
  else {
    if (flags.configuration !== undefined) await writeFile(flags.configuration, configuration);
    const text = () => {
      const report = migrationText(migration, { color: isColorful, differences: flags.differences });
      return flags.configuration === undefined ? `${report}\n${configuration}` : report;
    };
    await write(flags.format === 'json' ? migrationJson(migration) : text());
  }
  await close();
  process.exitCode = exitCodeOf(migration);
}
