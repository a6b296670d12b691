import { buildCommand } from '@stricli/core';
import { type StoreFlags, storeFlags } from './journal-store.ts';

/** The flags of `pratique journal erase`. */
export interface EraseFlags extends StoreFlags {
  readonly user: string;
}

/** `pratique journal erase`: personal data that has to go. */
export const journalEraseCommand = buildCommand<EraseFlags>({
  loader: async () => ({ default: (await import('./journal-upkeep-actions.ts')).eraseUser }),
  parameters: {
    flags: {
      user: { kind: 'parsed', parse: String, brief: 'Name of the user, as in the records', placeholder: 'name' },
      ...storeFlags,
    },
  },
  docs: {
    brief: 'Erase a user from all records',
    fullDescription: [
      'Removes the name and the groups of a user from every record, and the addresses and agents that the audit log told of',
      'them. The decisions stay, and so do all counts. Backups and logs are not touched. With the key of --pseudonym-key-file',
      'it finds pseudonyms too.',
      '',
      'A folder takes one writer: stop `journal serve` on it first.',
      '',
      'Exit codes: 0 erased, also when there was nothing to erase; 2 there is no journal, or it cannot be written.',
    ].join('\n'),
  },
});
