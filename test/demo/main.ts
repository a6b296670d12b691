import { fileURLToPath } from 'node:url';
import { demoByCluster } from './cluster.ts';
import { openDemoJournal } from './journal.ts';
import { print } from './report.ts';
import { demoByReviews } from './reviews.ts';
import type { DemoRun } from './run.ts';

const configFile = fileURLToPath(new URL('./pratique.yaml', import.meta.url));
const flags = ['--cluster', '--journal', '--stay'];

async function main(args: readonly string[]): Promise<void> {
  const problem = problemOf(args);
  if (problem !== undefined) {
    print(`usage: npm run demo [-- [--cluster] [--journal [--stay]]]   (${problem})`);
    process.exitCode = 2;
    return;
  }
  const demo = args.includes('--cluster') ? demoByCluster : demoByReviews;
  const stay = args.includes('--stay') || process.stdout.isTTY;
  const isWell = args.includes('--journal')
    ? await demoWithJournal(demo, stay)
    : await demo({ configFile, args: [], conclude: tell });
  process.exitCode = isWell ? 0 : 1;
}

function problemOf(args: readonly string[]): string | undefined {
  const unknown = args.filter((arg) => !flags.includes(arg));
  if (unknown.length > 0) return `${unknown.join(' ')} is unknown`;
  if (args.includes('--stay') && !args.includes('--journal')) return '--stay needs --journal';
  return undefined;
}

function tell(different: number): boolean {
  print(
    different === 0 ? '\nAll pods became what they should.' : `\n${different} pods did not become what they should.`,
  );
  return different === 0;
}

async function demoWithJournal(demo: (run: DemoRun) => Promise<boolean>, stay: boolean): Promise<boolean> {
  const journal = await openDemoJournal();
  try {
    return await demo({
      configFile,
      args: journal.webhookArguments,
      async conclude(different, webhook) {
        const isWell = tell(different);
        if (!(await journal.show(webhook))) return false;
        return stay ? (await journal.stay(webhook)) && isWell : isWell;
      },
    });
  } finally {
    await journal.close();
  }
}

await main(process.argv.slice(2));
