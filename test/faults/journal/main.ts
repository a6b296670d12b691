import { writeSection } from '../table.ts';
import { type JournalFault, journalFaults } from './faults.ts';
import { allowedRatio, measureLatency } from './latency.ts';
import { type JournalRow, journalTable, runJournalFault } from './row.ts';
import { startJournalScene } from './scene.ts';

/**
 * Tries the faults of the journal, measures what a hung one costs, prints both and writes them to docs/reliability.md. With
 * names it tries only those faults, and writes nothing.
 */
export async function runJournalFaults(names: readonly string[]): Promise<boolean> {
  const rows = await rowsOf(journalFaults.filter(({ name }) => names.length === 0 || names.includes(name)));
  if (names.length > 0) return rows.length > 0 && rows.every(({ broken }) => broken.length === 0);
  console.error('latency …');
  const latency = await measureLatency();
  const text = `${journalTable(rows)}\n\n${latency.text}`;
  console.log(text);
  await writeSection('journal-faults', () => text);
  const verdicts = [...rows.map((row) => row.broken.length === 0), latency.ratio <= allowedRatio];
  const broken = verdicts.filter((isGood) => !isGood).length;
  console.log(`${verdicts.length - broken} passed, ${broken} failed`);
  return broken === 0;
}

async function rowsOf(faults: readonly JournalFault[]): Promise<readonly JournalRow[]> {
  const scene = await startJournalScene();
  const rows: JournalRow[] = [];
  try {
    for (const fault of faults) {
      console.error(`${fault.name} …`);
      const row = await runJournalFault(fault, scene);
      rows.push(row);
      console.error(journalTable([row]).split('\n').at(-1));
      for (const reason of row.broken) console.error(`  ${reason}`);
    }
  } finally {
    await scene.stop();
  }
  return rows;
}
