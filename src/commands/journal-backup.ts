import { buildCommand } from '@stricli/core';

/** The flags of `pratique journal backup`. */
export interface BackupFlags {
  readonly store: string;
}

/** `pratique journal backup`: a copy of a folder that is in use. */
export const journalBackupCommand = buildCommand<BackupFlags, [target: string]>({
  loader: async () => ({ default: (await import('./journal-upkeep-actions.ts')).backupJournal }),
  parameters: {
    flags: {
      store: { kind: 'parsed', parse: String, brief: 'Folder of the journal (SQLite)', placeholder: 'folder' },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'Empty folder for the copy; made if it is not there', placeholder: 'target' },
      ],
    },
  },
  docs: {
    brief: 'Copy a journal while it is in use',
    fullDescription: [
      'Writes one consistent state of the database into another folder; `journal serve` may go on meanwhile. The copy is a',
      'journal like any other: to restore it, stop the server and put it in place of the folder.',
      '',
      'A journal in PostgreSQL is backed up with pg_dump.',
    ].join('\n'),
  },
});
