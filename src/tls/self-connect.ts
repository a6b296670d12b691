import { connect } from 'node:tls';

/** Whom to connect to, and what must be found there. */
export interface SelfConnectOptions {
  readonly host: string;
  readonly port: number;
  /** The fingerprint of the certificate that is served now. */
  readonly fingerprint: () => string;
  /** What a client would verify it by; absent where only the fingerprint can be compared. */
  readonly trust?: { readonly bundle: string; readonly serverName: string };
}

const timeoutMs = 1_000;

/**
 * Connects to our own server as a client would. Returns what is wrong, or undefined when all is well.
 *
 * A server that demands a client certificate ends such a connection, but only after it has proved its own.
 */
export function selfConnect({ host, port, fingerprint, trust }: SelfConnectOptions): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({
    host,
    port,
    rejectUnauthorized: trust !== undefined,
    ...(trust === undefined ? {} : { ca: trust.bundle, servername: trust.serverName }),
  });
  const timer = setTimeout(() => end('no answer to a connection to itself'), timeoutMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('secureConnect', () => {
    const served = socket.getPeerCertificate().fingerprint256;
    end(served === fingerprint() ? undefined : 'another certificate is served than should be');
  });
  socket.on('error', (error) => end(`a connection to itself fails: ${error.message}`));
  return promise;

  function end(problem: string | undefined): void {
    resolve(problem);
    if (problem === undefined) socket.end();
    else socket.destroy();
  }
}

/** The same, asked at most once in `interval` milliseconds however many ask. */
export function sparingly(
  ask: () => Promise<string | undefined>,
  interval = 1_000,
  clock: () => number = () => performance.now(),
): () => Promise<string | undefined> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<string | undefined> = Promise.resolve(undefined);
  return () => {
    if (clock() - asked >= interval) {
      asked = clock();
      answer = ask();
    }
    return answer;
  };
}
