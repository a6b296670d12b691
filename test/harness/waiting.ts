import { setTimeout as delay } from 'node:timers/promises';

/** How long and how often `waitFor` asks; milliseconds. */
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Asks until the answer is neither undefined nor false, and returns it. Throws after `timeoutMs` (60,000 unless told)
 * with what was awaited and the last error; an error of `ask` means "not yet" unless it is a `HopelessError`.
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, intervalMs = 50 }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      lastError = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(
        `Waited ${timeoutMs} ms in vain for ${what}.`,
        lastError === undefined ? {} : { cause: lastError },
      );
    }
    await delay(intervalMs);
  }
}

/** Tells `waitFor` that further asking is useless. */
export class HopelessError extends Error {
  override readonly name = 'HopelessError';
}
