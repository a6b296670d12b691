import { describe, expect, test } from 'vitest';
import { canonicalHostPath } from '../matching/host-path.ts';
import { compileHostPaths } from '../matching/host-path-index.ts';
import { reachedBy } from './host-path-mounts.ts';
import { isBelowAny } from './volume-paths.ts';

describe('a path is below a folder', () => {
  test.for<readonly [string, string, boolean]>([
    ['/data/a', '/data', true],
    ['/data/a/b', '/data', true],
    ['/data', '/data', false],
    ['/database', '/data', false],
    // Its other name is /data/a.
    ['/host/data/a', '/data', false],
    ['/host/data/a', '/', true],
    ['/a/../b', '/', false],
    ['data/a', '/data', false],
    ['C:\\data\\a', 'C:\\data', true],
    ['', '/', false],
  ])('%j is below %j: %j', ([path, folder, isBelow]) => {
    const places = reachedBy(canonicalHostPath(path));
    expect(isBelowAny({ ...places, sent: path }, compileHostPaths([folder]))).toBe(isBelow);
  });
});
