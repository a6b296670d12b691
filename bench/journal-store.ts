// node bench/journal-store.ts: a week of records in each store of the journal; writes bench/journal-store.md.
import { writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { JournalLine } from '../src/journal/lines.ts';
import { gapsIn, instancesAt } from '../src/journal/queries/health.ts';
import { byCheck, byNamespace, decisionCounts, decisionsOverTime } from '../src/journal/queries/overview.ts';
import { openPostgresStore } from '../src/journal/store/postgres/store.ts';
import { dayMs, hourMs } from '../src/journal/store/schema.ts';
import { openSqliteStore } from '../src/journal/store/sqlite/store.ts';
import type { JournalStore } from '../src/journal/store/store.ts';
import type { DecisionRecord } from '../src/record/record.ts';
import { weekOfRecords } from '../test/harness/journal-week.ts';
import { startPostgres } from '../test/harness/postgres.ts';
import { temporaryFolder } from '../test/harness/processes.ts';
import { percentile } from './statistics.ts';

const usage = `Usage: node bench/journal-store.ts [--records N] [--rounds N] [--store sqlite|postgres] [--folder DIR] [--no-report]
  --records  how many the week has (5000000)
  --rounds   how often each question is asked (200)
  --store    one of the stores only
  --folder   where the stores are put (the system's temporary folder)`;

/** Records that are stored at once; two such batches are under way. */
const batchSize = 1_000;

/** What is inserted a second while questions are asked, in the webhooks' batches. */
const insertedPerSecond = 100;
const shippedBatch = 64;

interface Measured {
  readonly store: string;
  readonly records: number;
  readonly perSecond: number;
  readonly bytes: number;
  /** Removed by retention while the questions were asked. */
  readonly removed: number;
  /** Inserted meanwhile. */
  readonly inserted: number;
  readonly questions: ReadonlyMap<string, readonly number[]>;
}

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '5000000' },
      rounds: { type: 'string', default: '200' },
      store: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
      'no-report': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const records = Number(values.records);
  const rounds = Number(values.rounds);
  const measured: Measured[] = [];
  // Told at once, since the next takes as long again.
  const add = (one: Measured) => {
    measured.push(one);
    progress(reportOf([one]));
  };
  if (values.store !== 'postgres') add(await measureSqlite(records, rounds, values.folder));
  if (values.store !== 'sqlite') add(await measurePostgres(records, rounds, values.folder));
  const report = reportOf(measured);
  console.log(report);
  if (!values['no-report']) await writeFile(fileURLToPath(new URL('journal-store.md', import.meta.url)), report);
}

async function measureSqlite(records: number, rounds: number, parent: string): Promise<Measured> {
  const folder = await temporaryFolder('pratique-bench-journal-', parent);
  try {
    const end = Date.now();
    const store = await openSqliteStore(folder.path, { clock: () => end });
    return await measure('SQLite', store, { records, rounds, end });
  } finally {
    await folder.remove();
  }
}

async function measurePostgres(records: number, rounds: number, parent: string): Promise<Measured> {
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB' };
  const server = await startPostgres({ durable: true, settings, parent });
  try {
    const end = Date.now();
    const store = await openPostgresStore(await server.createDatabase('journal'), { clock: () => end });
    return await measure('PostgreSQL', store, { records, rounds, end });
  } finally {
    await server.stop();
  }
}

interface Task {
  readonly records: number;
  readonly rounds: number;
  readonly end: number;
}

async function measure(name: string, store: JournalStore, task: Task): Promise<Measured> {
  const { records, rounds, end } = task;
  // For retention to have something to remove: some records of the day before the week.
  const dayBefore = Math.floor(end / dayMs) * dayMs - 7 * dayMs;
  await fill(
    store,
    weekOfRecords({ count: Math.ceil(records / 50), end: dayBefore, span: dayMs, seed: 2, instances: 2 }),
  );
  progress(`${name}: storing ${records} records`);
  const started = performance.now();
  await fill(store, weekOfRecords({ count: records, end }));
  const perSecond = records / ((performance.now() - started) / 1_000);
  const bytes = await store.size();
  progress(`${name}: ${Math.round(perSecond)} records a second, ${bytes} bytes`);
  const busy = keepBusy(store, end);
  const questions = await ask(store, end, rounds);
  const { removed, inserted } = await busy.stop();
  await store.close();
  return { store: name, records, perSecond, bytes, removed, inserted, questions };
}

async function fill(store: JournalStore, records: Iterable<DecisionRecord>): Promise<void> {
  let batch: JournalLine[] = [];
  let last: Promise<unknown> = Promise.resolve();
  for (const line of records) {
    batch.push({ kind: 'record', line });
    if (batch.length < batchSize) continue;
    const next = store.insert(batch);
    batch = [];
    await last;
    last = next;
  }
  await last;
  await store.insert(batch);
}

/** Inserts and removes, as a journal does that is in use. */
function keepBusy(store: JournalStore, end: number): { stop(): Promise<{ removed: number; inserted: number }> } {
  let isOver = false;
  const inserting = (async () => {
    let inserted = 0;
    const late = weekOfRecords({ count: 10_000_000, end, span: hourMs, seed: 3, instances: 1 });
    while (!isOver) {
      const lines = Array.from({ length: shippedBatch }, () => late.next().value)
        .filter((line) => line !== undefined)
        .map((line): JournalLine => ({ kind: 'record', line: { ...line, instance: 'pratique-late' } }));
      inserted += (await store.insert(lines)).stored;
      await new Promise((resolve) => setTimeout(resolve, (1_000 * shippedBatch) / insertedPerSecond));
    }
    return inserted;
  })();
  const removing = (async () => {
    let removed = 0;
    do {
      removed += (await store.enforceRetention({ maxAge: 7 * dayMs })).removed;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    } while (!isOver);
    return removed;
  })();
  return {
    stop: async () => {
      isOver = true;
      return { inserted: await inserting, removed: await removing };
    },
  };
}

/** Asks what the overview asks, one question after the other, and all at once as the page does. */
async function ask(store: JournalStore, end: number, rounds: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const { db } = store;
  const week = { from: end - 7 * dayMs, to: end };
  const single = {
    'decisions per hour': () => decisionsOverTime(db, week, 'hour'),
    'decisions per day': () => decisionsOverTime(db, week, 'day'),
    'by decision': () => decisionCounts(db, week),
    'by check': () => byCheck(db, week),
    'by namespace': () => byNamespace(db, week),
    'instances and gaps': async () => [await instancesAt(db, end), await gapsIn(db, week, end)],
  } as const;
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    ...single,
    'the whole overview': () => Promise.all(Object.values(single).map((question) => question())),
  };
  const times = new Map<string, number[]>(Object.keys(questions).map((name) => [name, []]));
  const warmUp = 5;
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, question] of Object.entries(questions)) {
      const started = performance.now();
      await question();
      if (round >= 0) times.get(name)?.push(performance.now() - started);
    }
  }
  return times;
}

function reportOf(measured: readonly Measured[]): string {
  const [first] = measured;
  if (first === undefined) return '';
  const number = (value: number) => Math.round(value).toLocaleString('en-US');
  const head = `| | ${measured.map(({ store }) => store).join(' | ')} |`;
  const rule = `| --- |${' ---: |'.repeat(measured.length)}`;
  const row = (name: string, cell: (one: Measured) => string) => `| ${name} | ${measured.map(cell).join(' | ')} |`;
  const questions = [...first.questions.keys()].map((name) =>
    row(name, ({ questions: times }) => {
      const own = times.get(name) ?? [];
      return `${percentile(own, 0.5).toFixed(1)} / ${percentile(own, 0.95).toFixed(1)}`;
    }),
  );
  return [
    '# The journal, filled',
    '',
    `Made by \`node bench/journal-store.ts --records ${first.records}\` on Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}.`,
    '',
    head,
    rule,
    row('records', ({ records }) => number(records)),
    row('stored a second', ({ perSecond }) => number(perSecond)),
    row('MiB in use', ({ bytes }) => number(bytes / 1024 ** 2)),
    row('bytes a record', ({ bytes, records }) => number(bytes / records)),
    row('stored while asking', ({ inserted }) => number(inserted)),
    row('removed by retention while asking', ({ removed }) => number(removed)),
    '',
    `Questions of the overview over 7 days, warm, in milliseconds: median / 95th percentile of ${first.questions.values().next().value?.length} each.`,
    '',
    head,
    rule,
    ...questions,
    '',
  ].join('\n');
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
