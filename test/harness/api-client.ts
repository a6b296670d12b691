import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

/** How a client reaches and proves itself to an API server; certificates and key are PEM. */
export interface ClientOptions {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A Kubernetes object, list or Status, as far as tests usually look into one. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ApiMetadata;
  readonly items?: readonly ApiObject[];
  /** Of a Status. */
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
  readonly [field: string]: unknown;
}

/** The metadata of a Kubernetes object, as far as tests usually look into it. */
interface ApiMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The answer of the API server, whatever its status. */
export interface ApiResponse<T> {
  readonly status: number;
  readonly body: T;
  /** The texts of the Warning headers, in order. */
  readonly warnings: readonly string[];
}

/** What can be said of a request beside its method, path and body. */
export interface ApiRequestOptions {
  /** application/json unless told; patches need theirs, e.g. application/merge-patch+json. */
  readonly contentType?: string;
  /** Impersonated; needs an administrator's client. */
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly dryRun?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A REST client of one API server that keeps its connections. */
export interface ApiClient {
  /**
   * Sends one request. A string or Buffer body is sent as it is, anything else as JSON. The body of the answer is JSON
   * that nobody has checked against `T`. Rejects only when there is no answer.
   */
  request<T = ApiObject>(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiRequestOptions,
  ): Promise<ApiResponse<T>>;
  /** Like `request`, but throws with the server's message when the status is not 2xx, and returns the body. */
  expect<T = ApiObject>(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<T>;
  close(): void;
}

/** Makes a client of up to so many connections at once; `close` ends them. */
export function createApiClient(target: ClientOptions, maxSockets = 64): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets, ca: target.ca, cert: target.cert, key: target.key });
  async function request<T = ApiObject>(method: string, path: string, body?: unknown, options: ApiRequestOptions = {}) {
    const url = new URL(path, target.url);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.append(name, value);
    if (options.dryRun === true) url.searchParams.append('dryRun', 'All');
    const payload = payloadOf(body);
    const { response, text } = await send(agent, url, method, headersFor(payload, options), payload, options.timeoutMs);
    return {
      status: response.statusCode ?? 0,
      body: parse(text) as T,
      warnings: (response.headersDistinct['warning'] ?? []).map(warningText),
    };
  }
  async function expect<T = ApiObject>(method: string, path: string, body?: unknown, options: ApiRequestOptions = {}) {
    const response = await request<T>(method, path, body, options);
    if (response.status >= 200 && response.status < 300) return response.body;
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`);
  }
  return { request, expect, close: () => agent.destroy() };
}

function send(
  agent: Agent,
  url: URL,
  method: string,
  headers: OutgoingHttpHeaders,
  payload: Buffer | undefined,
  timeoutMs = 60_000,
): Promise<{ readonly response: IncomingMessage; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = httpsRequest(url, { method, agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function headersFor(payload: Buffer | undefined, options: ApiRequestOptions): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { accept: 'application/json' };
  if (payload !== undefined) {
    headers['content-type'] = options.contentType ?? 'application/json';
    headers['content-length'] = payload.length;
  }
  if (options.user !== undefined) headers['impersonate-user'] = options.user;
  if (options.groups !== undefined && options.groups.length > 0) headers['impersonate-group'] = [...options.groups];
  return headers;
}

function payloadOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

/** Some endpoints (/readyz, /metrics) answer text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** RFC 7234 §5.5: `299 - "text"`; Node reads header bytes as Latin-1, the API server writes UTF-8. */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "((?:[^"\\]|\\.)*)"/.exec(Buffer.from(header, 'latin1').toString('utf8'))?.[1];
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, '$1');
}
