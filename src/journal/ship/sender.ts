import { Agent, type RequestOptions } from 'node:https';
import { exchange, reasonOf } from '../../cluster/transport.ts';
import { isObject } from '../../kubernetes/shape.ts';
import { type CredentialFiles, credentialReader } from './credentials.ts';
import type { Sent } from './shipper.ts';

/** Where the journal is. */
export interface JournalAddress extends CredentialFiles {
  /** `https://host:port`, with or without a path before `/v1/records`. */
  readonly url: string;
  /** The name in the journal's certificate, where it is not that of the address. */
  readonly serverName: string | undefined;
  /** From the request to the whole answer, in milliseconds; 10 s unless told. */
  readonly timeout?: number;
}

/** Sends lines to one journal. */
export interface Sender {
  send(lines: Uint8Array, signal: AbortSignal): Promise<Sent>;
  /** Closes the connection. */
  close(): void;
}

const defaultTimeout = 10_000;
/** A hundred times what the journal has to say of the lines of a batch. */
const longestAnswer = 1024 * 1024;

/** Makes a sender that keeps one connection, as long as the CA's file stays the same. Nothing is opened yet. */
export function journalSender(address: JournalAddress): Sender {
  const url = new URL(`${address.url.replace(/\/+$/, '')}/v1/records`);
  const { timeout = defaultTimeout, serverName } = address;
  const files = credentialReader(address);
  let agent: Agent | undefined;
  let ca: string | undefined;

  async function attempt(lines: Uint8Array, signal: AbortSignal): Promise<Sent> {
    const credentials = await files.read();
    if (agent === undefined || credentials.ca !== ca) {
      agent?.destroy();
      ca = credentials.ca;
      agent = new Agent({ keepAlive: true, maxSockets: 1, ...(ca === undefined ? {} : { ca }) });
    }
    const options: RequestOptions = {
      method: 'POST',
      agent,
      signal,
      headers: {
        'content-type': 'application/x-ndjson',
        'content-length': lines.length,
        authorization: `Bearer ${credentials.token}`,
        'user-agent': 'pratique',
      },
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
    const { response, text } = await exchange(url, options, lines, longestAnswer);
    return sentOf(response.statusCode ?? 0, text, response.headers['retry-after']);
  }

  return {
    async send(lines, signal) {
      const controller = new AbortController();
      const abort = () => controller.abort(signal.reason);
      signal.addEventListener('abort', abort);
      const late = new Error(`no answer after ${timeout / 1000} s`);
      const timer = setTimeout(() => controller.abort(late), timeout);
      try {
        if (signal.aborted) abort();
        const sent = await attempt(lines, controller.signal);
        if (sent.kind === 'failed') files.forget();
        return sent;
      } catch (error) {
        files.forget();
        return { kind: 'failed', problem: `${url.origin} cannot be reached: ${reasonOf(error)}` };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      }
    },
    close: () => agent?.destroy(),
  };
}

/**
 * An answer is only believed when it is the journal's own: a proxy's page says 200 or 400 too. Only what says that these
 * bytes are wrong is final; anything else, a wrong address or a missing writer among it, may be put right without them.
 */
function sentOf(status: number, text: string, retryAfter: string | undefined): Sent {
  const body = parsed(text);
  const { stored, refused, expired, ahead, error } = isObject(body) ? body : {};
  if (status === 200 && typeof stored === 'number' && Array.isArray(refused)) {
    return { kind: 'stored', refused: refused.length + (Number(expired) || 0) + (Number(ahead) || 0) };
  }
  const problem = `the journal answers ${status}${messageOf(body)}`;
  if (status === 413 || (status === 400 && typeof error === 'string')) return { kind: 'refused', problem };
  const seconds = Number(retryAfter ?? Number.NaN);
  return { kind: 'failed', problem, ...(seconds >= 0 ? { retryAfter: seconds * 1000 } : {}) };
}

function messageOf(body: unknown): string {
  const message = isObject(body) ? body['message'] : undefined;
  return typeof message === 'string' ? `: ${message.slice(0, 200)}` : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
