import { afterAll } from 'vitest';
import { openPostgresStore } from '../../src/journal/store/postgres/store.ts';
import { describeStore } from '../harness/journal-behaviour.ts';
import { startPostgres } from '../harness/postgres.ts';

const server = await startPostgres();
afterAll(() => server.stop());

let databases = 0;

describeStore(
  'PostgreSQL',
  async () => {
    const url = await server.createDatabase(`journal_${databases++}`);
    return { open: (options) => openPostgresStore(url, options) };
  },
  10,
);
