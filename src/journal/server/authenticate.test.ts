import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listedTokens, reviewedTokens, tokensOf } from './authenticate.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const webhook = 'system:serviceaccount:pratique:pratique';

function reviewing(owners: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const state = { isDown: false };
  const authenticate = reviewedTokens({
    writers: [webhook],
    async ownerOf(token) {
      asked.push(token);
      if (state.isDown) throw new Error('the API server is away');
      return owners[token];
    },
  });
  return { asked, state, authenticate };
}

test('a writer, somebody else and nobody are told apart', async () => {
  const { authenticate } = reviewing({ a: webhook, b: 'system:serviceaccount:ci:build' });
  expect(await authenticate('a')).toEqual({ kind: 'writer', name: webhook });
  expect(await authenticate('b')).toEqual({ kind: 'forbidden', name: 'system:serviceaccount:ci:build' });
  expect(await authenticate('c')).toEqual({ kind: 'unauthenticated' });
});

test('an answer holds for ten seconds, a refusal for five', async () => {
  const { asked, authenticate } = reviewing({ a: webhook });
  const both = () => Promise.all([authenticate('a'), authenticate('b')]);
  await both();
  vi.advanceTimersByTime(4_900);
  await both();
  expect(asked).toEqual(['a', 'b']);
  vi.advanceTimersByTime(200);
  await both();
  expect(asked).toEqual(['a', 'b', 'b']);
  vi.advanceTimersByTime(4_900);
  await both();
  expect(asked).toEqual(['a', 'b', 'b', 'a']);
});

test('a cluster that does not answer is no refusal, and is asked again at once', async () => {
  const { asked, state, authenticate } = reviewing({ a: webhook });
  state.isDown = true;
  expect(await authenticate('a')).toEqual({ kind: 'unavailable', problem: 'the API server is away' });
  state.isDown = false;
  expect(await authenticate('a')).toEqual({ kind: 'writer', name: webhook });
  expect(asked).toEqual(['a', 'a']);
});

test('requests with one token share one review, and made-up tokens cannot have many under way', async () => {
  const waiting: (() => void)[] = [];
  let asked = 0;
  const authenticate = reviewedTokens({
    writers: [],
    ownerOf: () => {
      asked++;
      return new Promise((resolve) => waiting.push(() => resolve(undefined)));
    },
  });
  const same = [authenticate('a'), authenticate('a'), authenticate('a')];
  expect(asked).toBe(1);
  const others = Array.from({ length: 20 }, (_, index) => authenticate(`made-up-${index}`));
  expect(asked).toBe(8);
  for (const resolve of waiting) resolve();
  expect((await Promise.all(same)).map(({ kind }) => kind)).toEqual(Array(3).fill('unauthenticated'));
  expect((await Promise.all(others)).filter(({ kind }) => kind === 'unavailable')).toHaveLength(13);
});

test('tokens of a file are told from others, and may be several while one replaces another', async () => {
  let tokens = tokensOf(`${'a'.repeat(32)}\n${'b'.repeat(40)}\n`);
  const authenticate = listedTokens(() => tokens);
  const kinds = async () => {
    const verdicts = await Promise.all(['a'.repeat(32), 'b'.repeat(40), 'a'.repeat(31), ''].map(authenticate));
    return verdicts.map(({ kind }) => kind);
  };
  expect(await kinds()).toEqual(['writer', 'writer', 'unauthenticated', 'unauthenticated']);
  tokens = tokensOf('b'.repeat(40));
  expect(await kinds()).toEqual(['unauthenticated', 'writer', 'unauthenticated', 'unauthenticated']);
});

test('a file without a token, or with one that could be guessed, is refused in words', () => {
  expect(() => tokensOf(' \n')).toThrow('the file of tokens is empty');
  expect(() => tokensOf('secret')).toThrow('fewer than 32 characters');
});
