import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { describeStore } from '../harness/journal-behaviour.ts';
import { temporaryFolder } from '../harness/processes.ts';

const folder = await temporaryFolder('pratique-journal-');
afterAll(() => folder.remove());

let places = 0;

describeStore(
  'SQLite',
  async () => {
    const place = join(folder.path, String(places++));
    return { open: (options) => openSqliteStore(place, options) };
  },
  20,
);
