import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { describeAgreement } from '../harness/journal-agreement.ts';
import { describeStoring } from '../harness/journal-behaviour.ts';
import { storeFixture } from '../harness/journal-fixture.ts';
import { describeUpkeep } from '../harness/journal-upkeep-behaviour.ts';
import { temporaryFolder } from '../harness/processes.ts';

const folder = await temporaryFolder('pratique-journal-');
afterAll(() => folder.remove());

let places = 0;

const fixture = storeFixture('SQLite', async () => {
  const place = join(folder.path, String(places++));
  return { open: (options) => openSqliteStore(place, options) };
});

describeStoring(fixture);
describeUpkeep(fixture);
describeAgreement(fixture, 20);
