import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { questionNames } from '../../src/journal/queries/catalogue.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { configuredFor, documentFor } from '../harness/journal-configurations.ts';
import { configuration, heartbeat, lines, record } from '../harness/journal-lines.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const draft = { default: { mode: 'audit' } };
const { hash } = configuredFor(draft).configuration;

let folder: TemporaryFolder;
let store: string;

beforeAll(async () => {
  folder = await temporaryFolder('pratique-query-');
  store = join(folder.path, 'journal');
  const opened = await openSqliteStore(store);
  const ts = new Date(Date.now() - 60_000).toISOString();
  const refused = record(1, { ts, configHash: hash, user: { name: '=HYPERLINK("http://evil")', groups: [] } });
  const wouldDeny = {
    ...refused.judgements[0],
    outcome: 'audit',
    because: 'mode',
  } as (typeof refused.judgements)[number];
  const lowered = (seq: number) =>
    record(seq, { ts, configHash: hash, decision: 'would-deny', mode: 'audit', judgements: [wouldDeny] });
  await opened.insert([
    ...lines(refused, lowered(2), lowered(3), lowered(4)),
    heartbeat({ ts, configHash: hash, seq: 5, received: 9 }),
    configuration({ ts, configHash: hash, document: documentFor(draft) }),
  ]);
  await opened.close();
});
afterAll(() => folder.remove());

async function journal(...args: readonly string[]) {
  return await runProcess(process.execPath, [main, 'journal', ...args], { cwd: folder.path, timeoutMs: 60_000 });
}

const query = (...args: readonly string[]) => journal('query', ...args, '--store', store);

describe('pratique journal query', () => {
  test('counts denials as a table, without a word more', async () => {
    const { code, stdout, stderr } = await query('denials', '--since', '1d', '--by', 'check,namespace');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe('check       namespace  n\nprivileged  ci         1\n');
  });

  test('exports CSV in which no cell is a formula', async () => {
    const { code, stdout } = await query('denials', '--by', 'user', '--format', 'csv');
    expect([code, stdout]).toEqual([0, `user,n\n"'=HYPERLINK(""http://evil"")",1\n`]);
  });

  test('pages decisions, and writes all of them with --all', async () => {
    const first = await query('decisions', '--limit', '2', '--format', 'json');
    const page = JSON.parse(first.stdout);
    expect(page.rows.map((row: { readonly seq: number }) => row.seq)).toEqual([4, 3]);
    expect(first.stderr).toBe(`There are older ones: --cursor ${page.next}, or --all.\n`);
    const second = JSON.parse((await query('decisions', '--limit', '2', '--cursor', page.next, '-f', 'json')).stdout);
    expect(second.rows.map((row: { readonly seq: number }) => row.seq)).toEqual([2, 1]);
    const all = await query('decisions', '--limit', '2', '--all', '--format', 'json');
    const seqs = all.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).seq);
    expect(seqs).toEqual([4, 3, 2, 1]);
    const csv = await query('decisions', '--limit', '3', '--all', '--format', 'csv');
    expect(csv.stdout.split('\n').filter((line) => line.startsWith('time,'))).toHaveLength(1);
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(5);
  });

  test('writes into a file', async () => {
    const file = join(folder.path, 'out.csv');
    const { code, stdout } = await query('decisions', '--format', 'csv', '--output', file);
    expect([code, stdout]).toEqual([0, '']);
    expect((await readFile(file, 'utf8')).split('\r\n')).toHaveLength(6);
  });

  test('has a command for each question', async () => {
    const { stdout } = await journal('query', '--help');
    for (const name of questionNames) expect(stdout).toContain(`pratique journal query ${name} `);
  });

  test.for([
    [['decisions', '--since', 'yesterday'], '--since: is no length of time such as 30m, 24h, 7d or 4w\n'],
    [['decision', '--id', '99'], '--id: there is no such decision in the journal\n'],
    [['changes', '--old', 'abc'], '--new: is missing\n'],
  ] as const)('refuses in words what makes no sense: %j', async ([args, message]) => {
    const { code, stdout, stderr } = await query(...args);
    expect([code, stdout, stderr]).toEqual([2, '', message]);
  });

  test('says where no journal is', async () => {
    const { code, stderr } = await journal('query', 'instances', '--store', join(folder.path, 'nowhere'));
    expect(code).toBe(2);
    expect(stderr).toContain('nowhere');
    expect((await journal('query', 'instances')).stderr).toBe('give --store or --postgres-url-file\n');
  });
});

describe('pratique journal simulate', () => {
  test('lists what would newly be denied, and what it cannot say', async () => {
    const file = join(folder.path, 'new.yaml');
    await writeFile(file, 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n');
    const { code, stdout, stderr } = await journal('simulate', '--config', file, '--store', store, '--format', 'json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.newlyDenied).toMatchObject([{ namespace: 'ci', workload: 'Job/build', n: 3 }]);
    // The first record says that enforcement denied it, which a configuration of mode audit cannot have done.
    expect(result.coverage).toMatchObject({ read: 4, judged: 3, unjudged: [{ reason: 'inconsistent', n: 1 }] });
    expect(stderr).toContain('3 of 4 records could be judged anew.\n4 of 9 reviews');
  });

  test('names what is wrong with the configuration', async () => {
    const file = join(folder.path, 'bad.yaml');
    await writeFile(file, 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\ndefault: { mode: loud }\n');
    const { code, stdout, stderr } = await journal('simulate', '--config', file, '--store', store);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('bad.yaml:3');
  });
});
