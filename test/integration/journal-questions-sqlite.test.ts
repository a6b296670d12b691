import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { describeQuestions } from '../harness/journal-questions.ts';
import { temporaryFolder } from '../harness/processes.ts';

const folder = await temporaryFolder('pratique-questions-');
afterAll(() => folder.remove());

let places = 0;

describeQuestions('SQLite', async () => {
  const place = join(folder.path, String(places++));
  return { open: (options) => openSqliteStore(place, options) };
});
