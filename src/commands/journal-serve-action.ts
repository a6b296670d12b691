import type { CommandContext } from '@stricli/core';
import { messageOf } from '../config/problem.ts';
import { buildJournalApp, type JournalApp } from '../journal/server/app.ts';
import { listenOn } from '../server/listen.ts';
import { probeServer } from '../server/probes.ts';
import { closeServer, exitInOrder } from '../server/shutdown.ts';
import { secureContextOptions } from '../tls/secure-context.ts';
import { pairSource } from './certificates.ts';
import { writersOf } from './journal-authentication.ts';
import { servePage } from './journal-page.ts';
import { pageConflict } from './journal-page-flags.ts';
import type { JournalServeFlags } from './journal-serve.ts';
import { composeJournal, type Journal, journalObserver, journalProbes } from './journal-serving.ts';
import { openStore, storeConflict } from './journal-store.ts';
import { tlsConflict } from './tls-flags.ts';

/** Starts the journal and returns once it listens. What makes that impossible is told on stderr, with exit code 2. */
export async function serveJournal(this: CommandContext, flags: JournalServeFlags): Promise<void> {
  const impossible = await start(flags);
  if (impossible === undefined) return;
  this.process.stderr.write(`${impossible}\n`);
  process.exitCode = 2;
}

async function start(flags: JournalServeFlags): Promise<string | undefined> {
  const conflict = conflictOf(flags);
  if (conflict !== undefined) return conflict;
  const undo: (() => unknown)[] = [];
  try {
    const authenticate = await writersOf(flags);
    const certificates = await pairSource(flags);
    undo.push(() => certificates.source.stop());
    const store = await openStore(flags, { maxAge: flags.retention });
    undo.push(() => store.close());
    const journal = composeJournal(flags, { authenticate, certificates, store });
    await listen(journal);
    return undefined;
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    return `the journal cannot be served: ${messageOf(error)}`;
  }
}

function conflictOf(flags: JournalServeFlags): string | undefined {
  const { kubeconfig, ...others } = flags;
  // It says how tokens are reviewed as well.
  const conflict =
    tlsConflict(flags.tlsSecret === undefined ? others : flags) ?? storeConflict(flags) ?? pageConflict(flags);
  if (conflict !== undefined) return conflict;
  const { writer = [], tokenFile } = flags;
  if (tokenFile !== undefined && writer.length > 0) {
    return '--writer and --token-file exclude each other: tokens are reviewed by the cluster, or listed in the file';
  }
  if (tokenFile === undefined && writer.length === 0) return 'give --writer in a cluster, or --token-file outside one';
  if (tokenFile !== undefined && kubeconfig !== undefined && flags.tlsSecret === undefined) {
    return '--kubeconfig has no use with --token-file: no cluster is asked';
  }
  return undefined;
}

async function listen(journal: Journal): Promise<void> {
  const { flags, certificates, log, state, stops } = journal;
  const app = buildJournalApp({
    tls: secureContextOptions(certificates.source.current()),
    store: journal.store,
    authenticate: journal.authenticate,
    observer: journalObserver(journal),
    draining: () => state.draining,
  });
  certificates.source.onChange((material) => app.server.setSecureContext(secureContextOptions(material)));
  const probes = probeServer(journalProbes(journal));
  await app.ready();
  const port = await listenOn(app.server, flags.port, flags.host);
  stops.push(() => closeServer(app.server));
  const healthPort = await listenOn(probes, flags.healthPort, flags.host);
  await servePage(journal);
  state.isListening = true;
  certificates.managed?.source.start();
  endInOrder(journal, app, probes);
  log.info({ port, healthPort, store: journal.store.dialect, version: journal.version }, 'the journal listens');
}

function endInOrder(journal: Journal, app: JournalApp, probes: ReturnType<typeof probeServer>): void {
  const { flags, log, sink, state, certificates, store, stops } = journal;
  exitInOrder(process, {
    drainMs: flags.drain,
    onDrain(signal) {
      state.draining = true;
      log.info({ signal, drainMs: flags.drain }, 'draining: no longer ready, still answering');
    },
    async close() {
      for (const stop of stops) await stop();
      await app.close();
      certificates.source.stop();
      await store.close();
      log.info('stopped');
      await sink.flush();
      sink.flushSync();
      await closeServer(probes, 0);
    },
    abandon: () => sink.flushSync(),
    onCrash: (error) => log.fatal({ err: error }, 'uncaught error'),
    exit: (code) => process.exit(code),
  });
}
