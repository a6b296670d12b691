import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority } from './certificates.ts';
import { freePorts } from './ports.ts';
import { type Exit, startProcess } from './processes.ts';
import { isReady } from './readiness.ts';
import { HopelessError, waitFor } from './waiting.ts';

/** How a journal is started. */
export interface JournalProcessOptions {
  /** Who may write and where the journal is kept; the rest is filled in. */
  readonly args: readonly string[];
  readonly certFile: string;
  readonly keyFile: string;
  /** A free one unless told. */
  readonly port?: number;
  /** The built program unless told. */
  readonly program?: string;
  /** A program that starts it, with its arguments: `prlimit --fsize=…`. */
  readonly under?: readonly string[];
}

/** A running `pratique journal serve`. */
export interface JournalProcess {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly healthUrl: string;
  readonly exited: Promise<Exit>;
  output(): string;
  /** The sum of a metric over its labels. */
  metric(name: string): Promise<number>;
  /** Sends a signal, SIGTERM unless told. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** The program as it was built last. */
export const builtProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts a journal on 127.0.0.1 and waits until it is ready. */
export async function startJournalProcess(options: JournalProcessOptions): Promise<JournalProcess> {
  const [freeForRecords = 0, healthPort = 0] = await freePorts(2);
  const port = options.port ?? freeForRecords;
  const lines: string[] = [];
  const [command = '', ...before] = [...(options.under ?? []), process.execPath];
  const running = await startProcess(
    command,
    [
      ...[...before, options.program ?? builtProgram, 'journal', 'serve', '--host', '127.0.0.1'],
      ...['--port', String(port), '--health-port', String(healthPort), '--drain', '100ms'],
      ...['--tls-cert-file', options.certFile, '--tls-key-file', options.keyFile, ...options.args],
    ],
    { onLine: (line) => void lines.push(line) },
  );
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const output = () => lines.join('\n');
  try {
    await waitFor('the journal', async () => {
      if (!running.isRunning()) throw new HopelessError(`the journal ended:\n${output()}`);
      return isReady(`${healthUrl}/readyz`);
    });
  } catch (error) {
    await running.stop('SIGKILL');
    throw error;
  }
  return {
    pid: running.pid,
    port,
    url: `https://127.0.0.1:${port}`,
    healthUrl,
    exited: running.exited,
    output,
    metric: (name) => metricOf(healthUrl, name),
    stop: (signal = 'SIGTERM') => running.stop(signal, 20_000),
  };
}

/** The address of a journal's page, once it listens; for journals that were given a --page-port. */
export function pageUrlOf(journal: JournalProcess): Promise<string> {
  return waitFor('the address of the page', () => /"url":"(http:\/\/localhost:\d+\/)"/.exec(journal.output())?.[1]);
}

/** The sum of a metric over its labels, of any process with `/metrics`. */
export async function metricOf(healthUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (values.length === 0) throw new Error(`${healthUrl}/metrics has no ${name}.`);
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** The files with which webhooks reach the journal, and it serves. */
export interface JournalFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly tokenFile: string;
}

/** Makes a CA, a certificate of it for 127.0.0.1, and a token. */
export async function journalFilesIn(folder: string): Promise<JournalFiles> {
  const authority = await createAuthority('pratique journal');
  const { cert, key } = await authority.issue({ commonName: 'journal', names: ['127.0.0.1'], usage: 'server' });
  const file = (name: string) => join(folder, `journal-${name}`);
  const [caFile, certFile, keyFile, tokenFile] = [file('ca.crt'), file('tls.crt'), file('tls.key'), file('token')];
  await writeFile(caFile, authority.cert);
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  await writeFile(tokenFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  return { caFile, certFile, keyFile, tokenFile };
}

/** The flags of a webhook that ships to an address. */
export function shippingArguments({ caFile, tokenFile }: JournalFiles, url: string): readonly string[] {
  return ['--journal-url', url, '--journal-ca-file', caFile, '--journal-token-file', tokenFile];
}
