// node journal-reader.ts FOLDER [USER]: tries to open a journal for writing, then for reading, as a user; prints how it went.
import { decisionCounts } from '../../src/journal/queries/overview.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { StoreError } from '../../src/journal/store/store.ts';
import { noon } from './journal-lines.ts';

const [folder = '', user] = process.argv.slice(2);

// The modules that a thread loads may be where only root can read: loaded once, before the user changes.
await import('../../src/journal/store/sqlite/operations.ts');
if (user !== undefined) process.setuid?.(Number(user));

const tell = (error: unknown) =>
  console.log(error instanceof StoreError ? `${error.problem}: ${error.message}` : String(error));

await openSqliteStore(folder).then((store) => {
  console.log('opened for writing');
  return store.close();
}, tell);
try {
  const store = await openSqliteStore(folder, { readOnly: true });
  const { deny } = await decisionCounts(store.db, { from: noon - 86_400_000, to: noon + 86_400_000 });
  console.log(`read ${deny}`);
  await store.close();
} catch (error) {
  tell(error);
}
