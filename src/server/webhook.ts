import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { WebhookPath } from '../admission/outcome.ts';
import { withoutManagedFields } from '../kubernetes/managed-fields.ts';
import type { TlsMaterial } from '../tls/certificate-source.ts';
import { secureContextOptions } from '../tls/secure-context.ts';
import { type Body, RefusedBodyError, readBody } from './body.ts';
import * as limits from './limits.ts';
import { type Refusal, refusalBytes, refusals, refuse } from './refusals.ts';
import { answerBody, type ReviewFacts, type ReviewOptions, tell } from './review.ts';
import { traceParentOf } from './traceparent.ts';

/** What the webhook's server is made of. Everything that it does besides answering goes through `observer`. */
export interface WebhookOptions extends ReviewOptions {
  readonly material: TlsMaterial;
  readonly inflight: limits.InflightBytes;
  /** Whether to tell clients to connect anew, elsewhere. */
  readonly draining: () => boolean;
}

/** The webhook over TLS. */
export type WebhookApp = FastifyInstance<Server>;

const webhooks = ['validate', 'mutate', 'observe'] as const satisfies readonly WebhookPath[];
const paths: ReadonlySet<string> = new Set(webhooks.map((webhook) => `/${webhook}`));

/** What is kept on a response between the head of its request and its end. */
interface Pending {
  startedAt: number;
  reserved: number;
}
const pending = Symbol('pending');
type PendingResponse = ServerResponse & { [pending]?: Pending };

/**
 * Builds the webhook, not yet listening.
 *
 * It answers 200 with an AdmissionReview whenever a uid can be read, and 400, 404, 405, 408, 413, 415 or 503 in JSON
 * otherwise; no bytes make it answer anything else.
 */
export function buildWebhookApp(options: WebhookOptions): WebhookApp {
  const app = fastify<Server>({
    https: {
      ...secureContextOptions(options.material),
      handshakeTimeout: limits.handshakeTimeout,
      headersTimeout: limits.headTimeout,
      connectionsCheckingInterval: limits.timeoutCheckInterval,
      // A request without Host is none of our business: Node's own answer to it would have no JSON body.
      requireHostHeader: false,
    },
    logger: false,
    bodyLimit: limits.bodyLimit,
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: limits.requestTimeout,
    connectionTimeout: limits.connectionTimeout,
    exposeHeadRoutes: false,
    // While it closes the server still answers what arrives on open connections: a 503 would only cost a retry.
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, options),
    frameworkErrors: (_error, _request, reply) => refuseAndTell(reply, refusals.notFound, options),
  });
  app.server.maxConnections = limits.maxConnections;
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    answerExpectation(response, options);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', readBody);
  app.addHook('onRequest', admitRequest(options));
  app.setNotFoundHandler((_request, reply) => refuseAndTell(reply, refusals.notFound, options));
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, options));
  for (const webhook of webhooks) app.post(`/${webhook}`, answerReviews(webhook, options));
  return app;
}

/** No route has a schema: fastify's own compilers of schemas would be a third of the start and 10 MB of memory. */
function noSchemas(): never {
  throw new Error('No route of the webhook has a schema.');
}

/** The handler of one webhook: from the collected body to the answer, and then to the observer. */
function answerReviews(webhook: WebhookPath, options: WebhookOptions) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const body = request.body as Body | undefined;
    const parsed = parse(body);
    const answered = parsed === undefined ? undefined : answerBody(parsed, webhook, options, body?.isUtf8);
    if (answered === undefined) {
      refuseAndTell(reply, parsed === undefined ? refusals.badJson : refusals.noUid, options);
      return;
    }
    sendReview(reply, answered.bytes, options.draining());
    try {
      options.observer.reviewed(answered.outcome, factsOf(request, reply, body?.bytes ?? 0));
    } catch (error) {
      tell(options.observer, error);
    }
  };
}

/** Writes a review past fastify's own reply, whose hooks and serialisers there are none of: a tenth of the CPU. */
function sendReview(reply: FastifyReply, bytes: string, last: boolean): void {
  reply.hijack();
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(bytes),
  };
  if (last) headers['connection'] = 'close';
  reply.raw.writeHead(200, headers).end(bytes);
}

/** The hook that looks at a request's head: what it refuses is never read. */
function admitRequest(options: WebhookOptions) {
  const { inflight } = options;
  function release(this: PendingResponse): void {
    inflight.used -= this[pending]?.reserved ?? 0;
  }
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const startedAt = performance.now();
    const reserved = expectedBytes(request.raw);
    const refusal = headRefusal(request) ?? (limits.reserve(inflight, reserved) ? undefined : refusals.overloaded);
    if (refusal !== undefined) {
      refuseAndTell(reply, refusal, options);
      return;
    }
    const response = reply.raw as PendingResponse;
    response[pending] = { startedAt, reserved };
    // 'close' comes after the last byte and also when the socket dies before: the one event that is never missed.
    response.on('close', release);
    done();
  };
}

function headRefusal(request: FastifyRequest): Refusal | undefined {
  const { headers, url = '' } = request.raw;
  if (request.is404) {
    const query = url.indexOf('?');
    return paths.has(query < 0 ? url : url.slice(0, query)) ? refusals.methodNotAllowed : refusals.notFound;
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refusals.contentEncoding;
  return Number(headers['content-length']) > limits.bodyLimit ? refusals.tooLarge : undefined;
}

/** The bytes that a body may take: its length when it says one, else the most that is read. */
function expectedBytes(request: IncomingMessage): number {
  const length = request.headers['content-length'];
  if (length !== undefined) return Number(length);
  return request.headers['transfer-encoding'] === undefined ? 0 : limits.bodyLimit;
}

/** Undefined, which JSON cannot hold, when the body is no JSON. `__proto__` becomes a property like any other. */
function parse(body: Body | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(withoutManagedFields(body.text));
  } catch {
    return undefined;
  }
}

function factsOf(request: FastifyRequest, reply: FastifyReply, bytes: number): ReviewFacts {
  const startedAt = (reply.raw as PendingResponse)[pending]?.startedAt ?? performance.now();
  const traceParent = traceParentOf(request.headers['traceparent']);
  return { durationMs: performance.now() - startedAt, bytes, traceParent };
}

function answerError(error: unknown, reply: FastifyReply, options: WebhookOptions): void {
  if (error instanceof RefusedBodyError) {
    refuseAndTell(reply, error.refusal, options);
    return;
  }
  const status = statusOf(error);
  if (status === undefined || status >= 500) tell(options.observer, error);
  refuseAndTell(reply, status === 415 ? refusals.mediaType : refusals.badRequest, options);
}

/** The status that fastify gives its own errors. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined;
}

function refuseAndTell(reply: FastifyReply, refusal: Refusal, options: WebhookOptions): void {
  if (options.draining()) reply.header('connection', 'close');
  told(refusal, options);
  refuse(reply, refusal);
}

/** Expect: with anything but 100-continue; Node's own answer would be 417, which is not among ours. */
function answerExpectation(response: ServerResponse, options: WebhookOptions): void {
  told(refusals.expectation, options);
  response.writeHead(400, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ error: refusals.expectation.error, message: refusals.expectation.message }));
}

/** Bytes from which no request could be read, and requests that did not arrive in time. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket, options: WebhookOptions): void {
  const handshakeFailed = 'encrypted' in socket && 'secureConnecting' in socket && socket.secureConnecting === true;
  if (error.code === 'ECONNRESET' || handshakeFailed || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? refusals.timeout : refusals.badRequest;
  told(refusal, options);
  // end, not destroy: the answer must leave before the socket does.
  socket.end(refusalBytes(refusal), () => socket.destroy());
}

function told(refusal: Refusal, options: WebhookOptions): void {
  try {
    options.observer.refused(refusal);
  } catch (error) {
    tell(options.observer, error);
  }
}
