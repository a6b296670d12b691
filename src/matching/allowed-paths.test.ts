import { describe, expect, test } from 'vitest';
import {
  type AllowedPathEntry,
  allowedPathProblem,
  compileAllowedPaths,
  overlapsWritable,
  type PathAccess,
} from './allowed-paths.ts';

const every: readonly PathAccess[] = ['rw', 'ro', 'rro'];

describe('compileAllowedPaths', () => {
  test.for([
    ['writable', entry('/cache'), ['rw', 'ro', 'rro']],
    ['read-only', entry('/cache', { readOnly: true }), ['ro', 'rro']],
    ['tree', entry('/cache', { readOnly: true, tree: true }), ['rro']],
    ['tree with submounts', entry('/cache', { readOnly: true, tree: true, submounts: 'accept' }), ['ro', 'rro']],
    ['writable tree', entry('/cache', { tree: true }), []],
  ] as const)('covers with a %s entry only the access that it allows', ([, allowed, covered]) => {
    const permits = compileAllowedPaths([allowed]);
    expect(every.filter((access) => permits('/cache', access))).toEqual(covered);
  });

  test('covers no relative path, which the runtime resolves against a folder of its own', () => {
    expect(compileAllowedPaths([entry('/cache')])('cache', 'rw')).toBe(false);
    expect(compileAllowedPaths([entry('cache')])('cache', 'rw')).toBe(false);
  });

  test.for(['/cache', '//cache/', '/./cache', '/cache/.'])('covers %j by /cache', (path) => {
    expect(compileAllowedPaths([entry('/cache')])(path, 'rw')).toBe(true);
    expect(compileAllowedPaths([entry(path)])('/cache', 'rw')).toBe(true);
  });

  test.for([
    '/',
    '/cach',
    '/cachex',
    '/cache/x',
    '/Cache',
    '/a/../cache',
    '',
    '/cache\u0000',
    '/cache:ro',
    '//./cache',
  ])('does not cover %j by /cache', (path) => {
    expect(compileAllowedPaths([entry('/cache')])(path, 'rro')).toBe(false);
  });

  test.for(['/logs', '/logs/a', '/logs/a/b/c'])('covers %j by the tree /logs', (path) => {
    expect(compileAllowedPaths([entry('/logs', { readOnly: true, tree: true })])(path, 'rro')).toBe(true);
  });

  test.for(['/', '/log', '/logsx', '/x/logs', '/logs/../etc'])('does not cover %j by the tree /logs', (path) => {
    expect(compileAllowedPaths([entry('/logs', { readOnly: true, tree: true })])(path, 'rro')).toBe(false);
  });

  test('wants every form of a path among those of one entry', () => {
    const short = compileAllowedPaths([entry('/run/foo')]);
    const long = compileAllowedPaths([entry('/var/run/foo')]);
    expect(short('/run/foo', 'rw')).toBe(true);
    expect(short('/var/run/foo', 'rw')).toBe(false);
    expect(long('/var/run/foo', 'rw')).toBe(true);
    expect(long('/run/foo', 'rw')).toBe(true);
    expect(compileAllowedPaths([entry('/home/ci/x')])('/var/home/ci/x', 'rw')).toBe(true);
    expect(compileAllowedPaths([entry('/cache')])('/host/cache', 'rw')).toBe(false);
    expect(compileAllowedPaths([entry('/cache')])('/proc/1/root/cache', 'rw')).toBe(false);
  });

  test('wants every form of a path in one tree', () => {
    const tree = { readOnly: true, tree: true };
    expect(compileAllowedPaths([entry('/run/foo', tree)])('/var/run/foo/x', 'rro')).toBe(false);
    expect(compileAllowedPaths([entry('/var/run/foo', tree)])('/var/run/foo/x', 'rro')).toBe(true);
    expect(compileAllowedPaths([entry('/host', tree)])('/host/proc/1/root/etc', 'rro')).toBe(true);
    expect(compileAllowedPaths([entry('/proc', tree)])('/proc/1/root/etc', 'rro')).toBe(false);
    expect(compileAllowedPaths([entry('/proc', tree)])('/proc/stat', 'rro')).toBe(true);
  });

  test('never adds two entries up', () => {
    const permits = compileAllowedPaths([entry('/run/foo', { readOnly: true }), entry('/cache')]);
    expect(permits('/run/foo', 'rw')).toBe(false);
    const trees = ['/var/run/foo', '/run/foo'].map((path) =>
      entry(path, { readOnly: true, tree: path === '/run/foo' }),
    );
    expect(compileAllowedPaths(trees)('/var/run/foo/x', 'rro')).toBe(false);
  });

  test('takes the wider of two entries for the same path', () => {
    const permits = compileAllowedPaths([entry('/cache', { readOnly: true }), entry('/cache')]);
    expect(permits('/cache', 'rw')).toBe(true);
    expect(compileAllowedPaths([entry('/cache'), entry('/cache', { readOnly: true })])('/cache', 'rw')).toBe(true);
  });

  test('covers the whole node by a tree at the root, and a Windows path by its own spelling', () => {
    const root = compileAllowedPaths([entry('/', { readOnly: true, tree: true })]);
    expect(root('/', 'rro')).toBe(true);
    expect(root('/proc/1/root/run', 'rro')).toBe(true);
    expect(root('C:\\cache', 'rro')).toBe(false);
    expect(root('\\\\.\\pipe\\docker_engine', 'rro')).toBe(false);
    const cache = compileAllowedPaths([entry('C:\\Cache')]);
    expect(cache('c:/cache/', 'rw')).toBe(true);
    expect(cache('C:\\CACHE.', 'rw')).toBe(true);
    expect(cache('C:\\', 'rw')).toBe(false);
    expect(cache('\\\\?\\C:\\Cache', 'rw')).toBe(false);
  });

  test('covers a path that itself ends like an access by nothing but itself', () => {
    expect(compileAllowedPaths([entry('/cache')])('/cache:ro', 'ro')).toBe(false);
    expect(compileAllowedPaths([entry('/cache:ro')])('/cache', 'rw')).toBe(false);
    expect(compileAllowedPaths([entry('/cache:ro')])('/cache:ro', 'rw')).toBe(true);
  });

  test('covers nothing without entries, and by an unreadable one', () => {
    expect(compileAllowedPaths([])('/', 'rro')).toBe(false);
    expect(compileAllowedPaths([entry('/a/../b')])('/b', 'rro')).toBe(false);
    expect(compileAllowedPaths([entry('/a/../b')])('/a/../b', 'rro')).toBe(false);
    expect(compileAllowedPaths([entry('')])('', 'rro')).toBe(false);
  });

  test('finds one entry among ten thousand', () => {
    const permits = compileAllowedPaths(Array.from({ length: 10_000 }, (_, index) => entry(`/cache/${index}`)));
    expect(permits('/cache/9999', 'rw')).toBe(true);
    expect(permits('/cache/10000', 'rw')).toBe(false);
  });
});

describe('allowedPathProblem', () => {
  test('complains of an unreadable path and of a writable tree', () => {
    expect(allowedPathProblem(entry('/a/../b'))).toBe('has a ".." segment');
    expect(allowedPathProblem(entry(''))).toBe('is empty');
    expect(allowedPathProblem(entry('/cache', { tree: true }))).toContain('may be written to');
    expect(allowedPathProblem(entry('/cache'))).toBeUndefined();
    expect(allowedPathProblem(entry('/cache', { readOnly: true, tree: true }))).toBeUndefined();
  });
});

describe('overlapsWritable', () => {
  const readOnly = { readOnly: true };

  test.for([
    ['equal', entry('/cache'), entry('//cache/', readOnly), 'equal'],
    ['above', entry('/cache'), entry('/cache/x/y', readOnly), 'above'],
    ['above a writable one', entry('/cache'), entry('/cache/x'), 'above'],
    ['equal to a tree', entry('/cache'), entry('/cache', { readOnly: true, tree: true }), 'equal'],
    ['inside of a tree', entry('/cache/x'), entry('/cache', { readOnly: true, tree: true }), 'inside'],
    ['above by another name', entry('/var/run'), entry('/run/x', readOnly), 'above'],
    ['above everything', entry('/'), entry('/x', readOnly), 'above'],
    ['above on Windows', entry('C:\\cache'), entry('c:/cache/x', readOnly), 'above'],
  ] as const)('finds a writable entry that is %s', ([, writable, other, reach]) => {
    expect(overlapsWritable([writable, other])).toEqual([{ writable: 0, other: 1, reach }]);
    expect(overlapsWritable([other, writable])).toEqual([{ writable: 1, other: 0, reach }]);
  });

  test.for([
    ['a read-only one above', entry('/cache', readOnly), entry('/cache/x')],
    ['siblings', entry('/cache'), entry('/cachex', readOnly)],
    ['the same writable one twice', entry('/cache'), entry('/cache/')],
    ['two read-only ones', entry('/a', readOnly), entry('/a/b', readOnly)],
    ['an unreadable one', entry('/cache'), entry('/cache/../x', readOnly)],
  ] as const)('finds nothing in %s', ([, one, other]) => {
    expect(overlapsWritable([one, other])).toEqual([]);
  });

  test('tells of them in the order of the writable entries', () => {
    const found = overlapsWritable([entry('/a'), entry('/b'), entry('/b/x', readOnly), entry('/a/x', readOnly)]);
    expect(found.map(({ writable, other }) => [writable, other])).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  test('tells of each writable entry once', () => {
    const chain = Array.from({ length: 300 }, (_, index) => entry('/a'.repeat(index + 1)));
    expect(overlapsWritable(chain)).toHaveLength(299);
    expect(overlapsWritable([entry('/x'), entry('/x/a'), entry('/x/b')])).toHaveLength(1);
  });
});

function entry(path: string, options: Partial<AllowedPathEntry> = {}): AllowedPathEntry {
  return { path, readOnly: false, tree: false, submounts: 'reject', ...options };
}

test('a tree at the root of Linux covers no pipe, share or drive of Windows', () => {
  const permits = compileAllowedPaths([entry('/', { readOnly: true, tree: true })]);
  expect(permits('/data', 'rro')).toBe(true);
  for (const path of ['//./pipe/docker_engine', '\\\\.\\pipe\\docker_engine', '\\\\server\\share', 'C:\\data']) {
    expect(permits(path, 'rro')).toBe(false);
  }
});
