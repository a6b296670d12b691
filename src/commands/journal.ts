import { buildRouteMap } from '@stricli/core';
import { journalBackupCommand } from './journal-backup.ts';
import { journalEraseCommand } from './journal-erase.ts';
import { journalIngestCommand } from './journal-ingest.ts';
import { journalQueryCommand } from './journal-query.ts';
import { journalServeCommand } from './journal-serve.ts';
import { journalSimulateCommand } from './journal-simulate.ts';

/** `pratique journal …`: the history of decisions. */
export const journalCommand = buildRouteMap({
  routes: {
    backup: journalBackupCommand,
    erase: journalEraseCommand,
    ingest: journalIngestCommand,
    query: journalQueryCommand,
    serve: journalServeCommand,
    simulate: journalSimulateCommand,
  },
  docs: { brief: 'Keep the history of decisions, and ask it' },
});
