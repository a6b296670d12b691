import { afterAll } from 'vitest';
import { openPostgresStore } from '../../src/journal/store/postgres/store.ts';
import { describeAgreement } from '../harness/journal-agreement.ts';
import { describeStoring } from '../harness/journal-behaviour.ts';
import { storeFixture } from '../harness/journal-fixture.ts';
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
