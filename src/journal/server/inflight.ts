import type { ServerResponse } from 'node:http';

/** Requests in flight: a server with a limit to them asks each whether there is room. */
export interface InflightCount {
  /** Counts a request, unless there are too many; then false. */
  enter(request: object, response: ServerResponse): boolean;
  /** Keeps a request counted until its work is done, whatever becomes of its connection. */
  during<T>(request: object, work: Promise<T>): Promise<T>;
}

/**
 * Counts requests until both their connection is done with them and the store is: whoever asks and goes away, again and
 * again, must not pile up work that nobody waits for.
 */
export function inflightCount(limit: number): InflightCount {
  const holds = new WeakMap<object, number>();
  let count = 0;
  const release = (request: object): void => {
    const left = (holds.get(request) ?? 0) - 1;
    holds.set(request, left);
    if (left === 0) count--;
  };
  return {
    enter(request, response) {
      if (count >= limit) return false;
      count++;
      holds.set(request, 1);
      // 'close' comes after the last byte and also when the socket dies before.
      response.once('close', () => release(request));
      return true;
    },
    async during(request, work) {
      const held = holds.get(request);
      if (held === undefined) return await work;
      holds.set(request, held + 1);
      try {
        return await work;
      } finally {
        release(request);
      }
    },
  };
}
