import { isUtf8 } from 'node:buffer';
import type { Server } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type Inserted, type JournalStore, StoreError } from '../store/store.ts';
import type { Authenticate, Verdict } from './authenticate.ts';
import { lineCountLimit, type ReadBatch, readBatch } from './batch.ts';
import { inflightCount } from './inflight.ts';

/** Whom the journal's server tells what it does: metrics and the log. */
export interface JournalObserver {
  /** A request was answered. */
  answered(status: number): void;
  authenticated(verdict: Verdict): void;
  stored(batch: ReadBatch, inserted: Inserted, seconds: number): void;
  /** Nothing of a batch was stored: the client keeps it. */
  storeFailed(error: unknown): void;
}

/** What the journal's server is made of. */
export interface JournalAppOptions {
  /** Certificate, key and what goes with them. */
  readonly tls: TlsOptions;
  readonly store: Pick<JournalStore, 'insert'>;
  readonly authenticate: Authenticate;
  readonly observer: JournalObserver;
  /** Whether to tell clients to connect anew. */
  readonly draining: () => boolean;
  /** Requests whose bodies are held at once; above it 503. */
  readonly inflightLimit?: number;
}

/** The journal over TLS. */
export type JournalApp = FastifyInstance<Server>;

/** The largest body that is read, in bytes: the client sends a sixteenth of it at most, ingestion in larger pieces. */
const bodyLimit = 8 * 1024 * 1024;
const defaultInflightLimit = 16;
/** A client sends each second; a load balancer may keep a connection longer. */
const keepAliveTimeout = 125_000;
const requestTimeout = 30_000;
/** Silence after which a connection is closed; longer than keepAliveTimeout, which is the one that ends idle ones. */
const connectionTimeout = 130_000;
/** A replica has one. */
const maxConnections = 1_024;
const headTimeout = 10_000;
/** How long a client waits before it tries again: until room is made somebody has to act. */
const retryAfterFull = 15;
const retryAfterFailure = 5;

/** Builds the journal's server, not yet listening: `POST /v1/records`, and nothing else. */
export function buildJournalApp(options: JournalAppOptions): JournalApp {
  const app = fastify<Server>({
    https: { ...options.tls, handshakeTimeout: headTimeout, headersTimeout: headTimeout },
    logger: false,
    bodyLimit,
    keepAliveTimeout,
    requestTimeout,
    connectionTimeout,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  });
  app.server.maxConnections = maxConnections;
  const inflight = inflightCount(options.inflightLimit ?? defaultInflightLimit);
  app.addHook('onRequest', async (request, reply) => {
    if (options.draining()) reply.header('connection', 'close');
    // Before a body is read: nobody has said who asks.
    if (request.is404) return refuse(reply, refusals.notFound);
    const refusal = await callerRefusal(request, options);
    if (refusal !== undefined) return refuse(reply, refusal);
    if (!inflight.enter(request, reply.raw)) return refuse(reply, refusals.overloaded);
  });
  app.addHook('onResponse', async (_request, reply) => options.observer.answered(reply.statusCode));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'buffer' },
    async (_request: unknown, body: unknown) => body,
  );
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, options));
  app.post('/v1/records', (request, reply) => inflight.during(request, takeRecords(request, reply, options)));
  return app;
}

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

const refusals = {
  badRequest: { status: 400, error: 'bad-request', message: 'The request could not be read.' },
  badBody: { status: 400, error: 'bad-body', message: `The body is not 1 to ${lineCountLimit} lines of UTF-8.` },
  unauthenticated: { status: 401, error: 'unauthenticated', message: 'There is no token, or none that is valid here.' },
  notFound: { status: 404, error: 'not-found', message: 'There is only POST /v1/records.' },
  tooLarge: { status: 413, error: 'too-large', message: 'The body is larger than 8 MiB.' },
  mediaType: { status: 415, error: 'media-type', message: 'The body must be application/x-ndjson.' },
  internal: { status: 500, error: 'internal', message: 'The journal failed.' },
  overloaded: { status: 503, error: 'overloaded', message: 'Too many requests are in flight.', retryAfter: 1 },
} as const satisfies Record<string, Refusal>;

async function callerRefusal(request: FastifyRequest, options: JournalAppOptions): Promise<Refusal | undefined> {
  const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const verdict: Verdict = token === undefined ? { kind: 'unauthenticated' } : await options.authenticate(token);
  options.observer.authenticated(verdict);
  switch (verdict.kind) {
    case 'writer':
      return undefined;
    case 'unauthenticated':
      return refusals.unauthenticated;
    case 'forbidden':
      return { status: 403, error: 'forbidden', message: `${verdict.name} is not among the journal's writers.` };
    case 'unavailable':
      return { status: 503, error: 'unavailable', message: 'Tokens cannot be reviewed just now.', retryAfter: 1 };
  }
}

async function takeRecords(
  request: FastifyRequest,
  reply: FastifyReply,
  { store, observer }: JournalAppOptions,
): Promise<FastifyReply> {
  const body = request.body as Buffer | undefined;
  const batch = body === undefined || !isUtf8(body) ? undefined : readBatch(body.toString('utf8'));
  if (batch === undefined) return refuse(reply, refusals.badBody);
  const startedAt = performance.now();
  try {
    const inserted = await store.insert(batch.lines);
    observer.stored(batch, inserted, (performance.now() - startedAt) / 1000);
    return reply.send({ ...inserted, refused: batch.refused });
  } catch (error) {
    observer.storeFailed(error);
    return refuse(reply, storeRefusal(error));
  }
}

function storeRefusal(error: unknown): Refusal {
  if (!(error instanceof StoreError)) return refusals.internal;
  const retryAfter = error.problem === 'full' ? retryAfterFull : retryAfterFailure;
  return { status: 503, error: `store-${error.problem}`, message: 'The store takes nothing just now.', retryAfter };
}

function answerError(error: unknown, reply: FastifyReply, { observer }: JournalAppOptions): FastifyReply {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return refuse(reply, refusals.tooLarge);
  if (status === 415) return refuse(reply, refusals.mediaType);
  if (status < 500) return refuse(reply, refusals.badRequest);
  observer.storeFailed(error);
  return refuse(reply, refusals.internal);
}

function refuse(reply: FastifyReply, { status, error, message, retryAfter }: Refusal): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(status).send({ error, message });
}
