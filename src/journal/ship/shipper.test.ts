import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { delayOf } from './delay.ts';
import { lineQueue } from './queue.ts';
import { type Sent, type Shipper, startShipper } from './shipper.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const stored: Sent = { kind: 'stored', refused: 0 };
const down: Sent = { kind: 'failed', problem: 'down' };

interface Scene {
  readonly shipper: Shipper;
  /** The lines of each request. */
  readonly requests: string[][];
  readonly notes: string[];
  /** What the journal answers next; the last one stays. */
  answers: Sent[];
}

function scene(...answers: Sent[]): Scene {
  const requests: string[][] = [];
  const notes: string[] = [];
  const log = {
    warn: (fields: object, message: string) => void notes.push(`${message} ${JSON.stringify(fields)}`),
    info: (fields: object, message: string) => void notes.push(`${message} ${JSON.stringify(fields)}`),
  };
  const all: Scene = {
    requests,
    notes,
    answers,
    shipper: startShipper({
      queue: lineQueue({ batchLines: 4, batchBytes: 100, bytes: 400 }),
      log,
      random: () => 0.5,
      async send(lines) {
        requests.push(Buffer.from(lines).toString('utf8').trimEnd().split('\n'));
        return (all.answers.length > 1 ? all.answers.shift() : all.answers[0]) ?? stored;
      },
    }),
  };
  return all;
}

/** Lets time pass, and what waits for nothing but its turn. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left >= 0; left -= 250) {
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(Math.min(left, 250));
    if (left === 0) break;
  }
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function put({ shipper }: Scene, ...lines: readonly number[]): void {
  for (const line of lines) shipper.put(`${line}\n`, true);
}

test('a line waits a second for company, and a whole batch for nothing', async () => {
  const one = scene(stored);
  put(one, 1, 2);
  await pass(750);
  expect(one.requests).toEqual([]);
  await pass(250);
  expect(one.requests).toEqual([['1', '2']]);
  put(one, 3, 4, 5, 6, 7);
  await pass(0);
  expect(one.requests.slice(1)).toEqual([['3', '4', '5', '6']]);
  await pass(1_000);
  expect(one.requests.slice(2)).toEqual([['7']]);
  expect(one.shipper.readings()).toMatchObject({ shipped: 7, retries: 0, queueLines: 0 });
});

test('while the journal is away the same batch is sent again and again, and none overtakes it', async () => {
  const one = scene(down);
  put(one, 1, 2, 3, 4, 5, 6, 7, 8);
  await pass(10_000);
  expect(one.requests.length).toBeGreaterThan(3);
  expect(new Set(one.requests.map((request) => request.join()))).toEqual(new Set(['1,2,3,4']));
  one.answers = [stored];
  await pass(30_000);
  expect(one.requests.slice(-2)).toEqual([
    ['1', '2', '3', '4'],
    ['5', '6', '7', '8'],
  ]);
  expect(one.shipper.readings()).toMatchObject({ shipped: 8, queueLines: 0, dropped: { full: 0 } });
});

test('an outage that outlives the queue drops the oldest behind the batch on its way, and the sums agree', async () => {
  const one = scene(down);
  for (let seq = 1; seq <= 100; seq++) put(one, seq);
  await pass(5_000);
  one.answers = [stored];
  await pass(60_000);
  const sent = new Set(one.requests.flat().map(Number));
  const { shipped, dropped } = one.shipper.readings();
  expect(sent.size).toBe(shipped);
  expect(shipped + dropped.full).toBe(100);
  expect([...sent].toSorted((a, b) => a - b)).toEqual([...sent]);
  expect(Math.max(...sent)).toBe(100);
});

test('one line tells of the first failure and one of the recovery, with what was lost meanwhile', async () => {
  const one = scene(down);
  for (let seq = 1; seq <= 100; seq++) put(one, seq);
  await pass(50_000);
  one.answers = [stored];
  await pass(60_000);
  const { dropped } = one.shipper.readings();
  expect(one.notes.map((note) => note.replace(/"seconds":\d+/, '"seconds":n'))).toEqual([
    'records cannot be shipped to the journal: they wait {"problem":"down"}',
    `records are shipped to the journal again {"dropped":${dropped.full},"seconds":n}`,
  ]);
});

test('a journal that fails every other time is told of once a minute', async () => {
  const one = scene(stored);
  for (let second = 0; second < 90; second++) {
    one.answers = second % 2 === 0 ? [down, stored] : [stored];
    put(one, second);
    await pass(2_000);
  }
  expect(one.notes.filter((note) => note.startsWith('records cannot')).length).toBeLessThanOrEqual(4);
  expect(one.shipper.readings().retries).toBeGreaterThan(30);
});

test('a failure that was not told, because one had just been, is told when it lasts', async () => {
  const one = scene(down, stored, down);
  put(one, 1);
  await pass(3_000);
  put(one, 2);
  await pass(120_000);
  expect(one.notes.filter((note) => note.startsWith('records cannot'))).toHaveLength(2);
});

test('what the journal refuses is dropped, counted and told, and what comes after it goes on', async () => {
  const one = scene({ kind: 'refused', problem: 'too large' }, stored);
  put(one, 1, 2, 3, 4, 5);
  await pass(2_000);
  expect(one.requests).toEqual([['1', '2', '3', '4'], ['5']]);
  expect(one.shipper.readings()).toMatchObject({ shipped: 1, dropped: { refused: 4 } });
  expect(one.notes).toEqual(['the journal refuses a batch of records: it is dropped {"problem":"too large"}']);
});

test('lines that are refused alone are counted apart from those that are stored', async () => {
  const one = scene({ kind: 'stored', refused: 1 });
  put(one, 1, 2, 3, 4);
  await pass(0);
  expect(one.shipper.readings()).toMatchObject({ shipped: 3, dropped: { refused: 1 } });
});

test('a configuration goes before the records that name it, and is sent until it is taken', async () => {
  const one = scene(down, down, stored);
  put(one, 1);
  one.shipper.putFirst('a', 'configuration a\n');
  await pass(10_000);
  expect(one.requests).toEqual([['configuration a'], ['configuration a'], ['configuration a'], ['1']]);
});

test('of configurations that wait the newest four are kept', async () => {
  const one = scene(down);
  put(one, 1, 2, 3, 4);
  await pass(0);
  for (const name of 'abcdef') one.shipper.putFirst(name, `${name}\n`);
  one.answers = [stored];
  await pass(60_000);
  expect(one.requests.flat().filter((line) => /[a-f]/.test(line))).toEqual(['c', 'd', 'e', 'f']);
});

test('the end ships what is left, a batch that is not full too', async () => {
  const one = scene(stored);
  put(one, 1, 2, 3, 4, 5, 6);
  const closed = one.shipper.close(5_000);
  await pass(0);
  await closed;
  expect(one.requests).toEqual([
    ['1', '2', '3', '4'],
    ['5', '6'],
  ]);
  expect(one.notes).toEqual([]);
});

test('the end does not wait for ever: what the journal does not take is counted and told', async () => {
  const one = scene({ ...down, retryAfter: 60_000 });
  put(one, 1, 2, 3, 4, 5, 6);
  await pass(1_000);
  const closed = one.shipper.close(5_000);
  await pass(6_000);
  await closed;
  expect(one.shipper.readings()).toMatchObject({ shipped: 0, dropped: { shutdown: 6, full: 0 } });
  expect(one.notes.at(-1)).toContain('{"records":6}');
  expect(one.requests.length).toBeGreaterThan(5);
});

test('delays double from half a second to half a minute, by chance up to half longer or shorter', () => {
  const delays = (chance: number) => [0, 1, 2, 5, 6, 50].map((attempt) => delayOf(attempt, undefined, () => chance));
  expect(delays(0)).toEqual([250, 500, 1_000, 8_000, 15_000, 15_000]);
  expect(delays(1)).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

test('a journal that asks for more time gets it, up to a minute', () => {
  expect(delayOf(0, 7_000, () => 0)).toBe(7_000);
  expect(delayOf(0, 7_000_000, () => 0)).toBe(60_000);
  expect(delayOf(10, 1_000, () => 1)).toBe(30_000);
});
