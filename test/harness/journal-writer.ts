// node journal-writer.ts FOLDER BATCHES: stores batches of ten records, and prints how many are stored after each.
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { StoreError } from '../../src/journal/store/store.ts';
import { lines, noon, record } from './journal-lines.ts';

const [folder = '', batches = '1'] = process.argv.slice(2);

try {
  const store = await openSqliteStore(folder, { clock: () => noon });
  for (let batch = 0; batch < Number(batches); batch++) {
    const records = Array.from({ length: 10 }, (_, index) => record(batch * 10 + index + 1));
    await store.insert(lines(...records));
    console.log(`stored ${(batch + 1) * 10}`);
  }
  console.log('done');
  await store.close();
} catch (error) {
  console.log(error instanceof StoreError ? `${error.problem}: ${error.message}` : String(error));
  process.exit(1);
}
