import { parentPort, workerData } from 'node:worker_threads';
import { toldError } from './errors.ts';
import { databaseFile } from './files.ts';
import { readerOperations, writerOperations } from './operations.ts';
import type { Answer, Question, ThreadData } from './thread.ts';

type Operations = Readonly<Record<string, (...args: readonly never[]) => unknown>>;

const { folder, role, mustExist = false } = workerData as ThreadData;
let operations: Operations | undefined;

parentPort?.on('message', ({ id, operation, args }: Question) => {
  parentPort?.postMessage(answerTo(id, operation, args));
  if (operation === 'close') parentPort?.close();
});

function answerTo(id: number, operation: string, args: readonly unknown[]): Answer {
  try {
    // Opened at the first question, so that an error on the way is the answer to it.
    operations ??= (role === 'writer' ? writerOperations(folder, mustExist) : readerOperations(folder)) as Operations;
    if (operation === 'open') return { id, value: undefined };
    return { id, value: operations[operation]?.(...(args as readonly never[])) };
  } catch (error) {
    return { id, error: toldError(error, databaseFile(folder)) };
  }
}
