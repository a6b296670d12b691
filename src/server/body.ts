import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { bodyLimit } from './limits.ts';
import { type Refusal, refusals } from './refusals.ts';

/** A body that could not be taken; fastify hands it to the error handler. */
export class RefusedBodyError extends Error {
  readonly code = 'ERR_REFUSED_BODY';
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'RefusedBodyError';
    this.refusal = refusal;
  }
}

/** A body as it was sent, not yet parsed. */
export interface Body {
  readonly text: string;
  readonly bytes: number;
  /** False where the text is not what was sent: JSON is UTF-8 (RFC 8259 §8.1), and other bytes are replaced. */
  readonly isUtf8: boolean;
}

type Done = (error: Error | null, body?: Body) => void;

/**
 * Collects a body for fastify, without the copy that its own reader makes of the common body of one chunk.
 *
 * A body over the limit (only a chunked one can be, the others are refused by their length) is read to its end and thrown
 * away: a client that still writes would otherwise see a reset in place of the 413.
 */
export function readBody(_request: FastifyRequest, payload: IncomingMessage, done: Done): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  payload.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bodyLimit) chunks.push(chunk);
    else chunks.length = 0;
  });
  payload.once('end', () => {
    if (bytes > bodyLimit) return done(new RefusedBodyError(refusals.tooLarge));
    const [first] = chunks;
    const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes);
    done(null, { text: whole.toString('utf8'), bytes, isUtf8: isUtf8(whole) });
  });
  // The client went away: nobody is left to answer, and the reservation is given back when the response closes.
  payload.once('error', ignore);
}

function ignore(): void {}
