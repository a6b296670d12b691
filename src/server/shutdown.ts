import type { Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { requestTimeout } from './limits.ts';

/** What ends a process in order. */
export interface ShutdownOptions {
  /** How long reviews are still answered after the signal, so that everybody learns that others must be asked. */
  readonly drainMs: number;
  /** Called at the first signal: from now on not ready, and every answer asks for a new connection. */
  readonly onDrain: (signal: NodeJS.Signals) => void;
  /** Stops accepting, finishes what is in flight, and writes out the log. */
  readonly close: () => Promise<void>;
  /** Called when there is no time left: writes out the log at once. */
  readonly abandon: () => void;
  /** Called with what nobody caught, before `abandon`. */
  readonly onCrash: (error: unknown) => void;
  readonly exit: (code: number) => void;
}

const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Ends the process when it is told to: the first SIGTERM or SIGINT drains and exits 0, a second exits at once with
 * 128 + the signal's number, and what nobody caught exits 1.
 */
export function exitInOrder(process: NodeJS.EventEmitter, options: ShutdownOptions): void {
  let draining = false;
  const onSignal = (signal: keyof typeof signals) => {
    if (draining) {
      options.abandon();
      options.exit(128 + signals[signal]);
      return;
    }
    draining = true;
    options.onDrain(signal);
    setTimeout(() => void closeAndExit(options), options.drainMs);
  };
  const onCrash = (error: unknown) => {
    options.onCrash(error);
    options.abandon();
    options.exit(1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
}

async function closeAndExit(options: ShutdownOptions): Promise<void> {
  try {
    // Timers run before sockets are read: a request that has already arrived must not find its connection closed as idle.
    await setImmediate();
    await options.close();
    options.exit(0);
  } catch (error) {
    options.onCrash(error);
    options.abandon();
    options.exit(1);
  }
}

interface ClosableServer extends Server {
  closeIdleConnections(): void;
  closeAllConnections(): void;
}

/**
 * Stops accepting and resolves when the last request in flight is answered.
 *
 * Node stops looking for overdue requests once a server closes, so what is still there after the request's own time-out
 * is ended here.
 */
export function closeServer(server: ClosableServer, patience = requestTimeout): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const deadline = setTimeout(() => server.closeAllConnections(), patience);
  server.close(() => {
    clearTimeout(deadline);
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}
