import { type Address, type Connection, connect, type Exchange } from './connection.ts';
import type { Review } from './reviews.ts';

/** Fails on an answer that is not what it should be; `number` says which of the slice it is. */
export type Verify = (exchange: Exchange, review: Review, number: number) => void;

/** Open connections to one server, and the count of what was sent over them. */
export interface Load {
  readonly protocol: string;
  /** Reviews sent so far, by path. */
  readonly sent: { validate: number; mutate: number };
  /** Sends one review and returns its answer. */
  ask(review: Review): Promise<Exchange>;
  /** Sends `count` reviews as fast as they are answered. */
  burst(review: Review, count: number): Promise<void>;
  /** Sends `count` reviews by the clock, whether or not the earlier ones are answered; returns latencies in ms. */
  pace(review: Review, count: number): Promise<readonly number[]>;
  close(): void;
}

/** How many connections: enough that at full speed the server never waits. A paced review that finds none free waits. */
const width = 8;
const patience = 60_000;

/** Connects to a server. */
export async function openLoad(address: Address, verify: Verify): Promise<Load> {
  const { protocol, close } = await connect(address);
  close();
  let connections: readonly Connection[] = [];
  const sent = { validate: 0, mutate: 0 };
  let number = 0;

  /** The webhook closes a connection that carries no request for some time. */
  async function reconnect(): Promise<void> {
    const open = connections.filter((connection) => connection.isOpen());
    const more = Array.from({ length: width - open.length }, () => connect(address));
    connections = [...open, ...(await Promise.all(more))];
  }

  async function one(connection: Connection, review: Review): Promise<Exchange> {
    number += 1;
    const mine = number;
    sent[review.path] += 1;
    const exchange = await connection.send(review, mine);
    verify(exchange, review, mine);
    return exchange;
  }

  async function ask(review: Review): Promise<Exchange> {
    const connection = await connect(address);
    try {
      return await within(one(connection, review));
    } finally {
      connection.close();
    }
  }

  async function burst(review: Review, count: number): Promise<void> {
    await reconnect();
    let left = count;
    async function work(connection: Connection): Promise<void> {
      while (left-- > 0) await one(connection, review);
    }
    await within(Promise.all(connections.map(work)));
  }

  /** Latency counts from the moment at which the review was due, so a server that stalls is charged for the queue. */
  async function pace(review: Review, count: number): Promise<readonly number[]> {
    await reconnect();
    const interval = 1_000 / review.size.rate;
    const start = performance.now() + interval;
    const free = [...connections];
    const queue: number[] = [];
    const latencies: number[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    async function dispatch(connection: Connection, first: number): Promise<void> {
      for (let due: number | undefined = first; due !== undefined; due = queue.shift()) {
        await one(connection, review);
        latencies.push(performance.now() - due);
        if (latencies.length === count) resolve();
      }
      free.push(connection);
    }
    function tick(next: number): void {
      let following = next;
      for (let due = start + following * interval; following < count && due <= performance.now(); due += interval) {
        following += 1;
        const connection = free.pop();
        if (connection === undefined) queue.push(due);
        else dispatch(connection, due).catch(reject);
      }
      // Looked at all the time: a timer of Node is up to a millisecond late, several times what is measured.
      if (following < count) setImmediate(tick, following);
    }
    tick(0);
    await within(promise, patience + count * interval);
    return latencies;
  }

  return {
    protocol,
    sent,
    ask,
    burst,
    pace,
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

async function within<T>(work: Promise<T>, milliseconds = patience): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No end after ${milliseconds} ms.`)), milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
