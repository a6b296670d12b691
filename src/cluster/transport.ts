import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiAnswer, type ApiOptions, type ClusterApi, ClusterError } from './api.ts';

const defaultTimeoutMs = 60_000;
const defaultAttempts = 4;
const longestWaitMs = 10_000;
/** The longest answer that is kept, in bytes, where nothing else is said: a string could not hold twice as much. */
const defaultMostBytes = 256 * 1024 * 1024;

/**
 * Makes the API of a cluster of the address of its API server, which may have a path, and of what adds the credentials
 * to a request; they may change while it is in use.
 *
 * A request that the server is too busy for (429, 503) is sent again, three times unless told, when the server says so.
 */
export function clusterApi(server: string, authenticate: (options: RequestOptions) => Promise<void>): ClusterApi {
  const base = new URL(server);
  return {
    async send(method, path, options = {}) {
      const url = urlOf(base, path, options);
      const { attempts = defaultAttempts } = options;
      for (let attempt = 1; ; attempt++) {
        const { answer, waitMs } = await sendOnce(method, url, options, authenticate);
        if ((answer.status !== 429 && answer.status !== 503) || attempt >= attempts) return answer;
        await delay(Math.min(waitMs ?? 2 ** attempt * 100, longestWaitMs));
      }
    },
  };
}

function urlOf(base: URL, path: string, { query }: ApiOptions): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`;
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value);
  return url;
}

interface Attempt {
  readonly answer: ApiAnswer;
  /** What the server asks to wait, in milliseconds. */
  readonly waitMs: number | undefined;
}

async function sendOnce(
  method: string,
  url: URL,
  { body, accept = 'application/json', contentType = 'application/json', timeoutMs = defaultTimeoutMs }: ApiOptions,
  authenticate: (options: RequestOptions) => Promise<void>,
): Promise<Attempt> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { accept, 'user-agent': 'pratique' };
  if (payload !== undefined) headers['content-type'] = contentType;
  // Not AbortSignal.timeout(): until its time it would hold on to the answer, and so to every page of a list.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`no answer after ${timeoutMs / 1000} s`)), timeoutMs);
  const options: RequestOptions = { method, headers, signal: controller.signal };
  try {
    await authenticate(options);
    const { response, text } = await exchange(url, options, payload);
    const date = Date.parse(response.headers.date ?? '');
    const waitMs = Number(response.headers['retry-after'] ?? Number.NaN) * 1000;
    return {
      answer: {
        status: response.statusCode ?? 0,
        body: parsed(text),
        ...(Number.isNaN(date) ? {} : { date }),
      },
      waitMs: Number.isFinite(waitMs) && waitMs >= 0 ? waitMs : undefined,
    };
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(`${url.origin} cannot be reached: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends one request and collects the answer, whatever its status; rejects when there is none, or one of more than
 * `mostBytes`: what the other side sends must not fill our memory.
 */
export function exchange(
  url: URL,
  options: RequestOptions,
  payload: string | Uint8Array | undefined,
  mostBytes: number = defaultMostBytes,
): Promise<{ readonly response: IncomingMessage; readonly text: string }> {
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= mostBytes) chunks.push(chunk);
        else response.destroy(new Error(`the answer is longer than ${mostBytes} bytes`));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Why there is no answer. A connection that is refused at several addresses is an AggregateError without a message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' && error.cause instanceof Error) return error.cause.message;
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
