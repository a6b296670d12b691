import type { CommandContext } from '@stricli/core';
import { messageOf } from '../config/problem.ts';
import { openSqliteStore } from '../journal/store/sqlite/store.ts';
import type { JournalStore } from '../journal/store/store.ts';
import { counted } from '../output/summary.ts';
import { type CommandResult, finish } from './command-result.ts';
import type { BackupFlags } from './journal-backup.ts';
import type { EraseFlags } from './journal-erase.ts';
import { openStore, storeConflict } from './journal-store.ts';

/** `pratique journal backup`. */
export async function backupJournal(this: CommandContext, { store }: BackupFlags, target: string): Promise<void> {
  const act = async (opened: JournalStore) => {
    await opened.backup(target);
    return `${store} copied to ${target}\n`;
  };
  finish(this, await withStore(() => openSqliteStore(store, { readOnly: true }), act));
}

/** `pratique journal erase`. An erasure from a journal that it made itself would look like a success. */
export async function eraseUser(this: CommandContext, flags: EraseFlags): Promise<void> {
  const conflict = storeConflict(flags);
  if (conflict !== undefined) return finish(this, { exitCode: 2, stdout: '', stderr: `${conflict}\n` });
  const act = async (opened: JournalStore) => `erased from ${counted(await opened.erase(flags.user), 'record')}\n`;
  finish(this, await withStore(() => openStore(flags, { mustExist: true }), act));
}

async function withStore(
  open: () => Promise<JournalStore>,
  act: (store: JournalStore) => Promise<string>,
): Promise<CommandResult> {
  try {
    const store = await open();
    try {
      return { exitCode: 0, stdout: await act(store), stderr: '' };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { exitCode: 2, stdout: '', stderr: `${messageOf(error)}\n` };
  }
}
