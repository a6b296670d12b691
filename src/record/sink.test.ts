import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSink } from './sink.ts';

let folder = '';
let file = '';
let fds: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pratique-sink-'));
  file = join(folder, 'out');
});
afterEach(() => {
  for (const fd of fds) closeSync(fd);
  fds = [];
  rmSync(folder, { recursive: true });
});

function open(path: string, flags: string | number): number {
  const fd = openSync(path, flags);
  fds.push(fd);
  return fd;
}

const written = () => readFileSync(file, 'utf8');
const lines = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `line ${from + index}\n`);

/** A pipe that holds little and is read only when the test reads it. Reading and writing so that opening waits for nobody. */
function pipe(): { readonly fd: number; readonly drain: () => string } {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = open(path, constants.O_RDWR | constants.O_NONBLOCK);
  const drain = () => {
    const buffer = Buffer.alloc(1 << 20);
    let text = '';
    try {
      for (;;) text += buffer.toString('utf8', 0, readSync(fd, buffer));
    } catch {
      return text;
    }
  };
  return { fd, drain };
}

test('a line waits for company, but not for longer than the flush time', async () => {
  const sink = openSink({ fd: open(file, 'w'), flushAfter: 50 });
  sink.write('one\n');
  expect(written()).toBe('');
  await sleep(200);
  expect(written()).toBe('one\n');
});

test('many lines are written without waiting, in their order and whole', async () => {
  const sink = openSink({ fd: open(file, 'w'), flushAfter: 60_000 });
  for (const line of lines(50_000)) sink.write(line);
  await sink.flush();
  expect(written()).toBe(lines(50_000).join(''));
  expect([sink.dropped(), sink.problem()]).toEqual([0, undefined]);
});

test('flushSync leaves nothing behind, also while a write is under way', () => {
  const sink = openSink({ fd: open(file, 'w'), flushAfter: 60_000 });
  for (const line of lines(5_000)) sink.write(line);
  sink.flushSync();
  expect(written()).toBe(lines(5_000).join(''));
});

test('with sync each line is written before write returns, and a reload may change that', async () => {
  let sync = true;
  const sink = openSink({ fd: open(file, 'w'), sync: () => sync, flushAfter: 60_000 });
  sink.write('one\n');
  expect(written()).toBe('one\n');
  sync = false;
  sink.write('two\n');
  expect(written()).toBe('one\n');
  sync = true;
  sink.write('three\n');
  expect(written()).toBe('one\ntwo\nthree\n');
});

test('a slow reader blocks nobody: what does not fit is dropped and counted, and the rest arrives', async () => {
  const { fd, drain } = pipe();
  const drops: number[] = [];
  const sink = openSink({ fd, flushAfter: 10, maxLength: 200_000, onDrops: (lost) => drops.push(lost) });
  const long = `${'x'.repeat(999)}\n`;
  const started = performance.now();
  for (let index = 0; index < 1_000; index++) sink.write(long);
  expect(performance.now() - started).toBeLessThan(900);
  expect(sink.dropped()).toBeGreaterThan(100);
  let text = '';
  for (let tries = 0; tries < 100 && text.length < (1_000 - sink.dropped()) * 1_000; tries++) {
    text += drain();
    await sleep(20);
  }
  expect(text.length).toBe((1_000 - sink.dropped()) * 1_000);
  expect(text === long.repeat(1_000 - sink.dropped())).toBe(true);
  await sink.flush();
  expect(drops).toEqual([sink.dropped()]);
});

test('a full disk blocks nobody, is told as a problem, and keeps no process from ending', async () => {
  const sink = openSink({ fd: open('/dev/full', 'w'), flushAfter: 5 });
  sink.write('one\n');
  await sleep(50);
  expect(sink.problem()).toBe('ENOSPC');
  await sink.flush(50);
  const started = performance.now();
  sink.write('two\n');
  sink.flushSync();
  expect(performance.now() - started).toBeLessThan(900);
  // A try that is in the hands of a thread just then is counted when it comes back.
  await expect.poll(() => sink.dropped()).toBe(2);
});

test('lines of every size arrive whole, in their order: one unit, three bytes each, and longer than a block', async () => {
  const sink = openSink({ fd: open(file, 'w'), flushAfter: 60_000 });
  const all = Array.from({ length: 300 }, (_, index) => {
    const text = ['a', '€', '😀', '\ud800'][index % 4] ?? '';
    return `${text.repeat(((index * 7919) % 997) * (index % 50 === 7 ? 150 : 1))}\n`;
  });
  for (const line of all) sink.write(line);
  await sink.flush();
  expect(written()).toBe(all.join('').toWellFormed());
  expect(sink.dropped()).toBe(0);
});

test('what is held is counted in bytes', async () => {
  const { fd } = pipe();
  const sink = openSink({ fd, flushAfter: 60_000, maxLength: 3_000 });
  for (let index = 0; index < 20; index++) sink.write(`${'€'.repeat(99)}\n`);
  expect(sink.dropped()).toBe(20 - Math.floor(3_000 / 298));
  await sink.flush();
});

test('a line that comes while a write is under way is not forgotten', async () => {
  const { fd, drain } = pipe();
  const sink = openSink({ fd, flushAfter: 10 });
  sink.write(`${'x'.repeat(200_000)}\n`);
  await sleep(30);
  sink.write('last\n');
  let text = '';
  for (let tries = 0; tries < 100 && !text.endsWith('last\n'); tries++) {
    text += drain();
    await sleep(20);
  }
  expect(text.length).toBe(200_006);
});

test('a full disk with sync: write returns at once, and the line waits', async () => {
  const sink = openSink({ fd: open('/dev/full', 'w'), sync: () => true });
  const started = performance.now();
  for (const line of lines(100)) sink.write(line);
  expect(performance.now() - started).toBeLessThan(900);
  expect([sink.problem(), sink.dropped()]).toEqual(['ENOSPC', 0]);
  sink.flushSync();
  await expect.poll(() => sink.dropped()).toBe(100);
});

test('a pipe that nobody empties is given up at exit after a second', () => {
  const { fd } = pipe();
  const sink = openSink({ fd, flushAfter: 60_000 });
  for (let index = 0; index < 300; index++) sink.write(`${'x'.repeat(999)}\n`);
  const started = performance.now();
  sink.flushSync();
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(sink.dropped()).toBeGreaterThan(0);
});
