import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { exitInOrder } from './shutdown.ts';

function started(close: () => Promise<void> = async () => {}) {
  const process = new EventEmitter();
  const happened: string[] = [];
  exitInOrder(process, {
    drainMs: 20,
    onDrain: (signal) => happened.push(`drain ${signal}`),
    close: async () => {
      happened.push('close');
      await close();
    },
    abandon: () => happened.push('abandon'),
    onCrash: (error) => happened.push(`crash ${String(error)}`),
    exit: (code) => happened.push(`exit ${code}`),
  });
  return { process, happened };
}

test('a signal drains, then closes, then exits 0', async () => {
  const { process, happened } = started();
  process.emit('SIGTERM', 'SIGTERM');
  expect(happened).toEqual(['drain SIGTERM']);
  await sleep(60);
  expect(happened).toEqual(['drain SIGTERM', 'close', 'exit 0']);
});

test('a second signal writes the log and exits at once', () => {
  const { process, happened } = started();
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGINT', 'SIGINT');
  expect(happened).toEqual(['drain SIGTERM', 'abandon', 'exit 130']);
});

test.for(['uncaughtException', 'unhandledRejection'])(
  'an %s is told, the log written, and the exit code 1',
  (event) => {
    const { process, happened } = started();
    process.emit(event, new Error('oh'));
    expect(happened).toEqual(['crash Error: oh', 'abandon', 'exit 1']);
  },
);

test('a close that fails is told, and the exit code 1', async () => {
  const { process, happened } = started(() => Promise.reject(new Error('oh')));
  process.emit('SIGINT', 'SIGINT');
  await sleep(60);
  expect(happened).toEqual(['drain SIGINT', 'close', 'crash Error: oh', 'abandon', 'exit 1']);
});
