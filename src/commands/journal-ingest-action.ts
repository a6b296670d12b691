import { createReadStream } from 'node:fs';
import { stdin } from 'node:process';
import type { CommandContext } from '@stricli/core';
import { messageOf } from '../config/problem.ts';
import { type Ingested, ingest } from '../journal/ingest/ingest.ts';
import { counted } from '../output/summary.ts';
import { type CommandResult, finish } from './command-result.ts';
import { openStore, type StoreFlags, storeConflict } from './journal-store.ts';

/** `pratique journal ingest`. */
export async function ingestLog(this: CommandContext, flags: StoreFlags, file: string): Promise<void> {
  finish(this, await runIngest(flags, file));
}

async function runIngest(flags: StoreFlags, file: string): Promise<CommandResult> {
  const conflict = storeConflict(flags);
  if (conflict !== undefined) return failed(conflict);
  let note = '';
  try {
    const store = await openStore(flags, {});
    if (store.isNew) note = `a new journal was made in ${placeOf(flags)}\n`;
    try {
      return noted(note, told(file, await ingest(store, file === '-' ? stdin : createReadStream(file))));
    } finally {
      await store.close();
    }
  } catch (error) {
    return noted(note, failed(messageOf(error)));
  }
}

/** Where the journal is, for whoever did not mean to make one there. */
function placeOf({ store, postgresUrlFile }: StoreFlags): string {
  return store ?? `the database of ${postgresUrlFile}`;
}

function noted(note: string, result: CommandResult): CommandResult {
  return { ...result, stderr: note + result.stderr };
}

function failed(problem: string): CommandResult {
  return { exitCode: 2, stdout: '', stderr: `${problem}\n` };
}

function told(file: string, done: Ingested): CommandResult {
  const notes: readonly (readonly [number, string])[] = [
    [done.expired, 'from before what the journal keeps'],
    [done.ahead, 'dated more than a day ahead'],
    [done.operational, 'of the operational log'],
    [done.heartbeats, 'with heartbeats'],
    [done.configurations, 'with configurations'],
    [done.joined, 'of the audit log joined to their records'],
    [done.joinedBefore, 'of the audit log that were joined before'],
    [done.unmatched, 'of the audit log whose record is not in the journal'],
    [done.otherEvents, 'of the audit log that Pratique took no part in'],
    [done.unreadable, 'unreadable'],
  ];
  const rest = notes.filter(([count]) => count > 0).map(([count, what]) => `  ${count} ${what}\n`);
  const head = `${counted(done.lines, 'line')} read: ${counted(done.stored, 'record')} stored, ${done.duplicates} known before\n`;
  const problems = done.problems.map(({ line, reason }) => `${file}:${line}: ${reason}\n`);
  const more = done.unreadable - done.problems.length;
  if (more > 0) problems.push(`${more} more unreadable\n`);
  return { exitCode: done.unreadable > 0 ? 1 : 0, stdout: head + rest.join(''), stderr: problems.join('') };
}
