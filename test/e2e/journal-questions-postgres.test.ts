import { afterAll } from 'vitest';
import { openPostgresStore } from '../../src/journal/store/postgres/store.ts';
import { describeQuestions } from '../harness/journal-questions.ts';
import { startPostgres } from '../harness/postgres.ts';

const server = await startPostgres();
afterAll(() => server.stop());

let databases = 0;

describeQuestions('PostgreSQL', async () => {
  const url = await server.createDatabase(`questions_${databases++}`);
  return { open: (options) => openPostgresStore(url, options) };
});
