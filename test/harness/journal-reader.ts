// node journal-reader.ts FOLDER [USER]: tries to open a journal for writing, then for reading, as a user; prints how it went.
import { toldError } from '../../src/journal/store/sqlite/errors.ts';
import { readerOperations, writerOperations } from '../../src/journal/store/sqlite/operations.ts';

const [folder = '', user] = process.argv.slice(2);

// All modules are loaded by now: they may be where only root can read. So the threads of a store cannot be used here.
if (user !== undefined) process.setuid?.(Number(user));

tryTo('write', () => {
  writerOperations(folder, false).close();
  return 'opened';
});
tryTo('read', () => {
  const reader = readerOperations(folder);
  const [row] = reader.query("SELECT sum(n) AS n FROM rollups WHERE dimension = 'webhook'", []);
  reader.close();
  return `${row?.['n']} records`;
});

function tryTo(what: string, act: () => string): void {
  try {
    console.log(`${what}: ${act()}`);
  } catch (error) {
    const { problem, message } = toldError(error, folder);
    console.log(`${what}: ${problem}: ${message}`);
  }
}
