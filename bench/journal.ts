import { readFile, truncate } from 'node:fs/promises';
import { HopelessError, waitFor } from '../test/harness/waiting.ts';

/**
 * Proves that a log holds exactly the decision records that it should, each of another review, and empties it.
 *
 * The server appends, so it goes on at the start of the emptied file.
 */
export async function requireRecords(logFile: string, expected: number): Promise<void> {
  const ask = async () => {
    const uids = uidsIn(await readFile(logFile, 'utf8'));
    if (uids.length > expected) throw new HopelessError(`${uids.length} decision records where ${expected} should be.`);
    if (uids.length < expected) throw new Error(`There are ${uids.length}.`);
    if (new Set(uids).size < uids.length)
      throw new HopelessError('A review was recorded twice, and another not at all.');
    return true;
  };
  await waitFor(`${expected} decision records in the log`, ask, { timeoutMs: 5_000, intervalMs: 250 });
  await truncate(logFile);
}

function uidsIn(log: string): readonly string[] {
  const records = log.split('\n').filter((line) => line.startsWith('{"v":'));
  return records.map((line) => (JSON.parse(line) as { readonly uid: string }).uid);
}
