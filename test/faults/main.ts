// npm run test:faults [-- NAME…]: prints the table of faults and writes it, or the rows of those named, to docs/reliability.md.
// npm run test:faults -- journal [NAME…]: the same for the journal, and what a hung one costs.
import { certificateFaults } from './certificate-faults.ts';
import { clusterFaults } from './cluster-faults.ts';
import { startEnvironment } from './environment.ts';
import { type Row, runFault } from './fault.ts';
import { runJournalFaults } from './journal/main.ts';
import { releaseFaults } from './release-faults.ts';
import { replicaFaults } from './replica-faults.ts';
import { longestStartMs } from './starts.ts';
import { startsLine, tableOf, writeTable } from './table.ts';

const wanted = process.argv.slice(2);
process.exitCode = (await (wanted[0] === 'journal' ? runJournalFaults(wanted.slice(1)) : runFaults())) ? 0 : 1;

async function runFaults(): Promise<boolean> {
  const faults = [...replicaFaults, ...clusterFaults, ...releaseFaults, ...(await certificateFaults())].filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  const environment = await startEnvironment();
  const rows: Row[] = [];
  try {
    for (const fault of faults) {
      console.error(`${fault.name} …`);
      const row = await runFault(fault, environment);
      rows.push(row);
      console.error(tableOf([row]).split('\n').at(-1));
      for (const reason of row.broken) console.error(`  ${reason}`);
    }
  } finally {
    await environment.stop();
  }
  console.log(`${tableOf(rows)}\n\n${startsLine(environment.starts)}`);
  await writeTable(rows, environment.starts, wanted.length === 0);
  const { first, joining } = environment.starts;
  const verdicts = [
    ...rows.map((row) => row.broken.length === 0),
    Math.max(first.wallMs, joining.wallMs) <= longestStartMs,
  ];
  const broken = verdicts.filter((isGood) => !isGood).length;
  console.log(`${verdicts.length - broken} passed, ${broken} failed`);
  return broken === 0 && rows.length > 0;
}
