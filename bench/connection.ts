import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { type Review, stamp } from './reviews.ts';

/** Where a server listens, and whose signature its certificate bears. */
export interface Address {
  readonly port: number;
  readonly ca: string;
}

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** A keep-alive connection that carries one review at a time. */
export interface Connection {
  /** The TLS version and cipher that were agreed on. */
  readonly protocol: string;
  /** Sends the review, stamped with a number. A deadline is the caller's to keep. */
  send(review: Review, number: number): Promise<Exchange>;
  isOpen(): boolean;
  close(): void;
}

/** A review that was answered. */
export interface Exchange extends Reply {
  readonly uid: string;
}

interface Message {
  readonly bytes: Buffer;
  readonly uidAt: number;
}

/**
 * Opens a connection.
 *
 * It knows as much of HTTP/1.1 as these servers use (an answer with a content-length) and nothing more, so that the
 * load costs less than what it loads.
 */
export async function connect({ port, ca }: Address): Promise<Connection> {
  const socket = connectTls({ port, host: '127.0.0.1', ca });
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  const messages = new Map<Review, Message>();
  let received = nothing;
  let waiting: PromiseWithResolvers<Reply> | undefined;
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const reply = replyIn(received);
    if (reply === undefined) return;
    received = nothing;
    if (reply instanceof Error) socket.destroy(reply);
    else waiting?.resolve(reply);
  });
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('The server closed a connection with a review on it.')));
  return {
    protocol: `${socket.getProtocol()} ${socket.getCipher().name}`,
    async send(review, number) {
      if (!socket.writable) throw new Error('The server closed a connection between two reviews.');
      const message = messages.get(review) ?? messageOf(review);
      messages.set(review, message);
      const uid = stamp(message.bytes, message.uidAt, number);
      waiting = Promise.withResolvers<Reply>();
      const { promise } = waiting;
      socket.write(message.bytes);
      const { status, body } = await promise;
      return { status, body, uid };
    },
    isOpen: () => socket.writable,
    close: () => socket.destroy(),
  };
}

/** Head and body in one buffer, of which each connection has its own: the last one may still be on its way elsewhere. */
function messageOf({ path, body, uidAt }: Review): Message {
  const head = [
    `POST /${path}?timeout=5s HTTP/1.1`,
    'Host: pratique.pratique.svc:443',
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${body.length}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
    '\r\n',
  ].join('\r\n');
  return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]), uidAt: head.length + uidAt };
}

const nothing: Buffer = Buffer.alloc(0);

function replyIn(received: Buffer): Reply | Error | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) return new Error(`An answer has no content-length:\n${head}`);
  const body = received.subarray(headEnd + 4);
  return body.length < Number(length) ? undefined : { status: Number(head.slice(9, 12)), body };
}
