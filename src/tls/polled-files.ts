import { readFile } from 'node:fs/promises';
import { messageOf } from '../config/problem.ts';

/** The contents of a few files that belong together, read again and again. */
export interface PolledFiles<T> {
  current(): T;
  problem(): string | undefined;
  onChange(listener: (value: T) => void): void;
  onProblem(listener: (problem: string) => void): void;
  stop(): void;
}

/**
 * Reads files now and every `interval` milliseconds, and hands their text to `read` whenever it changed.
 *
 * Contents are compared, not dates: Kubernetes swaps a symlink above the files of a Secret. When `read` throws, the
 * last good value stays and the problem is told once for each new content. The first reading throws.
 */
export async function pollFiles<T>(
  paths: readonly string[],
  read: (texts: readonly string[]) => T,
  interval: number,
): Promise<PolledFiles<T>> {
  let texts = await readAll(paths);
  let value = read(texts);
  let problem: string | undefined;
  let busy = false;
  const changed: ((value: T) => void)[] = [];
  const failed: ((problem: string) => void)[] = [];
  const timer = setInterval(() => void poll(), interval);
  timer.unref();

  async function poll(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      const next = await readAll(paths);
      if (next.every((text, index) => text === texts[index]) && problem === undefined) return;
      accept(next);
    } catch (error) {
      refuse(error);
    } finally {
      busy = false;
    }
  }

  function accept(next: readonly string[]): void {
    const same = next.every((text, index) => text === texts[index]);
    const fresh = same ? value : read(next);
    texts = next;
    value = fresh;
    problem = undefined;
    for (const listener of changed) listener(value);
  }

  function refuse(error: unknown): void {
    const text = messageOf(error);
    if (text === problem) return;
    problem = text;
    for (const listener of failed) listener(text);
  }

  return {
    current: () => value,
    problem: () => problem,
    onChange: (listener) => void changed.push(listener),
    onProblem: (listener) => void failed.push(listener),
    stop: () => clearInterval(timer),
  };
}

function readAll(paths: readonly string[]): Promise<readonly string[]> {
  return Promise.all(paths.map((path) => readFile(path, 'utf8')));
}
