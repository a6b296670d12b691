import { Worker } from 'node:worker_threads';
import { messageOf } from '../../../config/problem.ts';
import { StoreError } from '../store.ts';
import type { ToldError } from './errors.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly folder: string;
  readonly role: 'writer' | 'reader';
  /** Whether the writer makes no journal where there is none. */
  readonly mustExist?: boolean;
}

/** What goes to a thread. */
export interface Question {
  readonly id: number;
  readonly operation: string;
  readonly args: readonly unknown[];
}

/** What comes back, in the order of the questions. */
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: ToldError });

type Operation = (...args: never[]) => unknown;

/** A database that another thread works on. */
export interface Thread<O extends { readonly [K in keyof O]: Operation }> {
  ask<K extends keyof O & string>(operation: K, ...args: Parameters<O[K]>): Promise<ReturnType<O[K]>>;
  /** Questions without an answer. */
  waiting(): number;
  /** Closes the database after what was asked before, and ends the thread. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a thread and has it open the database; rejects with a StoreError when that does not work. */
export async function startThread<O extends { readonly [K in keyof O]: Operation }>(
  data: ThreadData,
): Promise<Thread<O>> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: data });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let end: StoreError | undefined;
  const failAll = (error: StoreError) => {
    end ??= error;
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
  };
  worker.on('message', (answer: Answer) => settle(waiting, answer));
  worker.on('error', (error) => failAll(new StoreError('failed', `the journal's thread failed: ${messageOf(error)}`)));
  worker.on('exit', () => failAll(new StoreError('failed', 'the journal is closed')));
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const ask = (operation: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (end !== undefined) return reject(end);
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, operation, args } satisfies Question);
    });
  const thread: Thread<O> = {
    ask: (operation, ...args) => ask(operation, args) as Promise<ReturnType<O[typeof operation]>>,
    waiting: () => waiting.size,
    close: async () => {
      if (end === undefined) await ask('close', []).catch(() => worker.terminate());
      await exited;
    },
  };
  try {
    await ask('open', []);
    return thread;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function settle(waiting: Map<number, Waiting>, answer: Answer): void {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ('error' in answer) asked?.reject(new StoreError(answer.error.problem, answer.error.message));
  else asked?.resolve(answer.value);
}
