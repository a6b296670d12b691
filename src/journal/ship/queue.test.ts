import { expect, test } from 'vitest';
import { type Batch, lineQueue, queueLimits } from './queue.ts';

const small = { batchLines: 4, batchBytes: 100, bytes: 400 };
const textOf = (batch: Batch | undefined) => Buffer.from(batch?.bytes ?? []).toString('utf8');

test('lines come out in their order, whole batches first, and the rest when it is asked for', () => {
  const queue = lineQueue(small);
  const full = [1, 2, 3, 4, 5].map((seq) => queue.put(`{"seq":${seq}}\n`, true));
  expect(full).toEqual([false, false, false, true, true]);
  expect(queue.lines()).toBe(5);
  expect(textOf(queue.take(false))).toBe('{"seq":1}\n{"seq":2}\n{"seq":3}\n{"seq":4}\n');
  expect(queue.take(false)).toBeUndefined();
  expect(textOf(queue.take(true))).toBe('{"seq":5}\n');
  expect(queue.take(true)).toBeUndefined();
});

test('a batch ends where the next line has no room, also when its characters take three bytes each', () => {
  const queue = lineQueue(small);
  queue.put(`${'€'.repeat(30)}\n`, true);
  queue.put(`${'a'.repeat(8)}\n`, true);
  queue.put('b\n', true);
  expect(textOf(queue.take(false))).toBe(`${'€'.repeat(30)}\n${'a'.repeat(8)}\n`);
  expect(textOf(queue.take(true))).toBe('b\n');
});

test('the oldest make room, and are counted by record; a batch that is on its way stays whole', () => {
  const queue = lineQueue(small);
  for (let seq = 1; seq <= 4; seq++) queue.put(`${seq}\n`, true);
  const onItsWay = queue.take(false);
  // Room for three more batches, the open one among them.
  for (let seq = 5; seq <= 23; seq++) queue.put(`${seq}\n`, seq !== 5);
  expect(queue.dropped()).toBe(7);
  expect(queue.bytes()).toBe(400);
  expect(textOf(onItsWay)).toBe('1\n2\n3\n4\n');
  expect(textOf(queue.take(true))).toBe('13\n14\n15\n16\n');
  expect(textOf(queue.take(true))).toBe('17\n18\n19\n20\n');
});

test('records taken, dropped and waiting add up, whatever the lengths of their lines', () => {
  const queue = lineQueue(small);
  let taken = 0;
  for (let seq = 1; seq <= 5_000; seq++) {
    queue.put(`${'x'.repeat((seq * 7919) % 110)}\n`, true);
    if (seq % 37 !== 0) continue;
    const batch = queue.take(seq % 2 === 0);
    taken += batch?.records ?? 0;
    if (batch !== undefined) queue.release(batch);
    expect(queue.bytes()).toBeLessThanOrEqual(400);
  }
  expect(queue.dropped()).toBeGreaterThan(1_000);
  expect(taken + queue.dropped() + queue.records()).toBe(5_000);
});

test('a line that no batch can hold is dropped alone', () => {
  const queue = lineQueue(small);
  queue.put('before\n', true);
  queue.put(`${'x'.repeat(100)}\n`, true);
  queue.put('after\n', true);
  expect(queue.dropped()).toBe(1);
  expect(textOf(queue.take(true))).toBe('before\nafter\n');
});

test('an outage holds 16 MiB and 16,384 lines at most', () => {
  const queue = lineQueue(queueLimits);
  let [lines, bytes] = [0, 0];
  for (let seq = 1; seq <= 40_000; seq++) {
    queue.put(`${'x'.repeat(seq < 20_000 ? 10 : 1_400)}\n`, true);
    lines = Math.max(lines, queue.lines());
    bytes = Math.max(bytes, queue.bytes());
  }
  expect(bytes).toBe(16 * 1024 * 1024);
  expect(lines).toBeGreaterThan(16_000);
  expect(lines).toBeLessThanOrEqual(16_384);
});
