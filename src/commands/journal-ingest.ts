import { buildCommand } from '@stricli/core';
import { newStoreFlags, type StoreFlags } from './journal-store.ts';

/** `pratique journal ingest`: records out of collected logs. */
export const journalIngestCommand = buildCommand<StoreFlags, [file: string]>({
  loader: async () => ({ default: (await import('./journal-ingest-action.ts')).ingestLog }),
  parameters: {
    flags: newStoreFlags,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Log, JSON lines; - for standard input', placeholder: 'file' }],
    },
  },
  docs: {
    brief: 'Store the records of a collected log, or what an audit log tells of records',
    fullDescription: [
      "Reads the webhook's log as containers' runtimes and log collectors keep it (bare lines, containerd's prefix, Docker's",
      'json-file, objects with the line in `log` or `message`), and stores the records that the journal does not have yet:',
      "gaps close. Reads the API server's audit log too (audit.k8s.io/v1), and adds source address, user agent and",
      'impersonation to the records that it has. Load the log first.',
      '',
      'A folder takes one writer: stop `journal serve` on it first. PostgreSQL takes several. Where there is no journal, one is',
      'made, and stderr says so.',
      '',
      'Exit codes: 0 all was read, 1 some lines were not, 2 nothing could be read or stored.',
    ].join('\n'),
  },
});
