import type { AddressInfo } from 'node:net';
import { buildPageApp, type PageObserver } from '../journal/page/app.ts';
import { listenOn } from '../server/listen.ts';
import { withClientCaFile } from '../tls/files.ts';
import { secureContextOptions } from '../tls/secure-context.ts';
import { storedNameWith } from './journal-answer.ts';
import { signInOf } from './journal-page-flags.ts';
import type { Journal } from './journal-serving.ts';

/** Serves the journal's page where one is wanted, until the journal stops. */
export async function servePage(journal: Journal): Promise<void> {
  const { flags, log, stops, store, version, certificates } = journal;
  const { pagePort, pageClientCaFile, pageHost: hosts = [] } = flags;
  if (pagePort === undefined) return;
  const source =
    pageClientCaFile === undefined ? undefined : await withClientCaFile(certificates.source, pageClientCaFile);
  const app = buildPageApp({
    ...{ db: store.db, version, hosts, signIn: signInOf(flags), observer: observerOf(journal) },
    storedName: await storedNameWith(flags),
    ...(source === undefined ? {} : { tls: secureContextOptions(source.current()) }),
  });
  await app.ready();
  await listenOn(app.server, pagePort, source === undefined ? '127.0.0.1' : undefined);
  source?.onChange((material) => {
    if ('setSecureContext' in app.server && typeof app.server.setSecureContext === 'function') {
      app.server.setSecureContext(secureContextOptions(material));
    }
  });
  stops.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const scheme = source === undefined ? 'http' : 'https';
  log.info({ url: `${scheme}://localhost:${port}/` }, 'the page listens');
}

function observerOf({ log }: Journal): PageObserver {
  return {
    viewed: (view) => log.info(view, 'somebody looked at the journal'),
    refused: (refusal) => log.warn(refusal, 'somebody was not let in to the journal'),
    failed: (error) => log.error({ err: error }, 'a page could not be made'),
  };
}
