import { setTimeout as delay } from 'node:timers/promises';
import { countsOf } from '../../harness/faults-load.ts';
import { distinct } from '../fault.ts';
import type { JournalFault } from './faults.ts';
import type { Counted, JournalScene } from './scene.ts';

/** One row of the table. */
export interface JournalRow {
  readonly name: string;
  readonly made: number;
  readonly stored: number;
  /** Counted by the journal, of the numbers that it never saw. */
  readonly missing: number;
  /** Counted by the webhooks. */
  readonly dropped: number;
  /** Pods that the webhooks did not decide, or wrongly. */
  readonly failed: number;
  /** Creations that failed without them: an API server that has too much to do. */
  readonly otherErrors: number;
  readonly seen: string;
  /** What does not hold; empty when all does. */
  readonly broken: readonly string[];
}

const aroundMs = 2_000;

/** Runs one fault under load, from two seconds before it to two seconds after it. */
export async function runJournalFault(fault: JournalFault, scene: JournalScene): Promise<JournalRow> {
  const before = await scene.counted();
  const load = scene.load();
  await delay(aroundMs);
  const seen = await fault.inject(scene);
  await delay(aroundMs);
  const outcomes = await load.stop();
  const counts = countsOf(outcomes);
  const after = await scene.counted();
  const row = {
    name: fault.name,
    made: after.made.size - before.made.size,
    stored: after.stored.size - before.stored.size,
    missing: after.missing - before.missing,
    dropped: after.dropped - before.dropped,
    failed: outcomes.length - counts.right - counts['other error'],
    otherErrors: counts['other error'],
    seen,
  };
  const unasked = counts.right > row.made ? [`${counts.right} pods left only ${row.made} records`] : [];
  const wrong = outcomes.filter(({ kind }) => kind !== 'right' && kind !== 'other error');
  const undecided = wrong.length === 0 ? [] : [`pods were not decided, or wrongly: ${distinct(wrong)}`];
  return { ...row, broken: [...unasked, ...undecided, ...broken(row, fault, after)] };
}

function broken(
  row: Omit<JournalRow, 'broken'>,
  { drops }: JournalFault,
  { made, stored }: Counted,
): readonly string[] {
  const strangers = [...stored].filter((key) => !made.has(key)).length;
  return [
    ...(row.made === row.stored + row.missing ? [] : ['records made are not those stored and those missing']),
    ...(row.missing === row.dropped ? [] : ['the journal misses other records than the webhooks dropped']),
    ...(strangers === 0 ? [] : [`${strangers} records are stored that nobody made`]),
    ...(drops || row.dropped === 0 ? [] : ['records were dropped']),
    ...(!drops || row.dropped > 0 ? [] : ['nothing was dropped: the fault is too short to show anything']),
  ];
}

/** The rows as a table in Markdown. */
export function journalTable(rows: readonly JournalRow[]): string {
  const head = [
    'fault',
    'records made',
    'stored',
    'missing in the journal',
    'dropped by the webhooks',
    'failed',
    'other errors',
    'seen',
  ];
  const lines = rows.map((row) => [
    row.broken.length === 0 ? row.name : `**${row.name}**`,
    ...[row.made, row.stored, row.missing, row.dropped, row.failed, row.otherErrors],
    row.seen,
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
