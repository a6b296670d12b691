import type { FastifyReply } from 'fastify';

/** Answers other than a review: a code for machines, a sentence for people. The statuses are part of the contract. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 408 | 413 | 415 | 503;
  readonly error: string;
  readonly message: string;
}

export const refusals = {
  badRequest: { status: 400, error: 'bad-request', message: 'This is not an HTTP/1.1 request that can be read.' },
  badJson: { status: 400, error: 'bad-json', message: 'The body is not JSON.' },
  noUid: { status: 400, error: 'no-uid', message: 'The body is not an AdmissionReview with a request.uid.' },
  expectation: { status: 400, error: 'expectation', message: 'Only Expect: 100-continue is understood.' },
  notFound: { status: 404, error: 'not-found', message: 'The paths are /validate, /mutate and /observe.' },
  methodNotAllowed: { status: 405, error: 'method-not-allowed', message: 'Reviews are sent with POST.' },
  timeout: { status: 408, error: 'timeout', message: 'The request took too long to arrive.' },
  tooLarge: { status: 413, error: 'too-large', message: 'The body is larger than 32 MiB.' },
  mediaType: { status: 415, error: 'media-type', message: 'The body must be application/json.' },
  contentEncoding: { status: 415, error: 'content-encoding', message: 'The body must not be compressed.' },
  overloaded: { status: 503, error: 'overloaded', message: 'Too many bytes are in flight; try again.' },
} as const satisfies Record<string, Refusal>;

const reasonPhrases: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout' };

/** The JSON of a refusal. */
function refusalBody(refusal: Refusal): string {
  return JSON.stringify({ error: refusal.error, message: refusal.message });
}

/** Answers with a refusal. The rest of the body is read and thrown away by Node, so that no client sees a reset. */
export function refuse(reply: FastifyReply, refusal: Refusal): void {
  reply.code(refusal.status).header('content-type', 'application/json');
  if (refusal.status === 405) reply.header('allow', 'POST');
  // client-go repeats a POST within its deadline only when a 429 or 5xx says Retry-After.
  if (refusal.status === 503) reply.header('retry-after', '1');
  reply.send(refusalBody(refusal));
}

/** A refusal as the bytes of a whole HTTP response, for sockets on which no request could be read. */
export function refusalBytes(refusal: Refusal): string {
  const body = refusalBody(refusal);
  const head = `HTTP/1.1 ${refusal.status} ${reasonPhrases[refusal.status] ?? 'Error'}`;
  const length = Buffer.byteLength(body);
  return `${head}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;
}
