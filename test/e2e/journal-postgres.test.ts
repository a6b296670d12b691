import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';
import { openPostgresStore } from '../../src/journal/store/postgres/store.ts';
import { describeAgreement } from '../harness/journal-agreement.ts';
import { describeStoring } from '../harness/journal-behaviour.ts';
import { storeFixture } from '../harness/journal-fixture.ts';
import { lines, noon, record } from '../harness/journal-lines.ts';
import { describeUpkeep } from '../harness/journal-upkeep-behaviour.ts';
import { startPostgres } from '../harness/postgres.ts';

const server = await startPostgres();
afterAll(() => server.stop());

let databases = 0;

const fixture = storeFixture('PostgreSQL', async () => {
  const url = await server.createDatabase(`journal_${databases++}`);
  return { open: (options) => openPostgresStore(url, options) };
});

describeStoring(fixture);
describeUpkeep(fixture);
describeAgreement(fixture, 10);

test('PostgreSQL: the planner’s statistics do not name a user who was erased', async () => {
  const url = await server.createDatabase(`journal_${databases++}`);
  const store = await openPostgresStore(url, { clock: () => noon });
  await store.insert(lines(...Array.from({ length: 600 }, (_, index) => record(index + 1))));
  const client = new Client({ connectionString: url });
  await client.connect();
  const listed = async () => {
    const { rows } = await client.query(
      "SELECT most_common_vals::text AS users FROM pg_stats WHERE attname = 'user_name'",
    );
    return rows.map(({ users }) => String(users));
  };
  await client.query('ANALYZE');
  expect(await listed()).toContain('{jane}');
  await store.erase('jane');
  expect([...new Set(await listed())]).toEqual(['{erased}']);
  await client.end();
  await store.close();
});
