import { describe, expect, test } from 'vitest';
import {
  compileImagePatterns,
  formatImage,
  imagePatternProblem,
  isImage,
  parseImage,
  printableImage,
} from './image.ts';

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a reference is normalised', () => {
  test.each([
    ['docker', 'docker.io/library/docker'],
    ['docker:29', 'docker.io/library/docker:29'],
    ['acme/app', 'docker.io/acme/app'],
    ['docker.io/docker', 'docker.io/library/docker'],
    ['DOCKER.io/docker:DinD', 'docker.io/library/docker:DinD'],
    ['index.docker.io/acme/app', 'docker.io/acme/app'],
    ['registry-1.docker.io/library/docker', 'docker.io/library/docker'],
    ['registry.hub.docker.com/docker', 'docker.io/library/docker'],
    ['Registry.Example:5000/a/b:1', 'registry.example:5000/a/b:1'],
    ['registry.example/docker', 'registry.example/docker'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost:5000/app', 'localhost:5000/app'],
    ['host:80/app', 'host:80/app'],
    ['127.0.0.1/app', '127.0.0.1/app'],
    ['[::1]:5000/a:1', '[::1]:5000/a:1'],
    ['[fe80::1]/a', '[fe80::1]/a'],
    ['ACME/app', 'ACME/app'],
    ['a_b/c__d/e-f--g.h', 'docker.io/a_b/c__d/e-f--g.h'],
    [`app@${sha256}`, `docker.io/library/app@${sha256}`],
    [`app:1@${sha256}`, `docker.io/library/app:1@${sha256}`],
  ])('%s is %s', (reference, normal) => {
    const image = parseImage(reference);
    expect(image && formatImage(image)).toBe(normal);
    expect(isImage(reference)).toBe(true);
  });
});

describe('what a container runtime refuses is not parsed', () => {
  test.each([
    '',
    ' app',
    'app ',
    'App',
    'registry.example/App',
    'app:',
    'app:-1',
    'app:1:2',
    `app:${'1'.repeat(129)}`,
    'app@sha256:0123',
    'app@',
    `app@md5:${'0'.repeat(32)}`,
    `app@SHA256:${'0'.repeat(64)}`,
    '/app',
    'a//b',
    'a/',
    'a..b',
    'a___b',
    '-a',
    'a-',
    'registry.example:/app',
    'registry.example:port/app',
    '[::1/app',
    'https://registry.example/app',
    '$(IMAGE)',
    'app\n',
    '0123456789abcdef'.repeat(4),
    'a'.repeat(248),
    `${'a/'.repeat(600)}b`,
  ])('%j', (reference) => {
    expect(parseImage(reference)).toBeUndefined();
    expect(isImage(reference)).toBe(false);
  });
});

test('no reference is read that is longer than any name of a host', () => {
  const host = 'a.'.repeat(508);
  expect(parseImage(`${host}bcde/app`)).toBeDefined();
  expect(parseImage(`${host}bcdef/app`)).toBeUndefined();
});

test('the longest repository is parsed, with the component that stands for Docker Hub', () => {
  expect(parseImage('a'.repeat(247))?.path).toHaveLength(255);
  expect(isImage('a'.repeat(247))).toBe(true);
  expect(isImage('a'.repeat(64))).toBe(false);
  expect(isImage('a'.repeat(63))).toBe(true);
});

describe('a reference is shown without what may be secret or act on a terminal', () => {
  test.each([
    ['docker:29', 'docker.io/library/docker:29'],
    ['Docker:29', 'Docker:29'],
    ['https://user:password@registry.example/app', '…@registry.example/app'],
    ['user:pass/word@registry.example/app', '…@registry.example/app'],
    ['registry.example/app?token=secret', 'registry.example/app…'],
    ['registry.example/app#secret', 'registry.example/app…'],
    ['user:pa#ss@registry.example/app', '…'],
    ['docker:29@sha256', '…@sha256'],
    ['a\u001b[31mb', 'a\\u{1b}[31mb'],
  ])('%j as %j', (reference, shown) => {
    expect(printableImage(reference)).toBe(shown);
  });

  test('cut at 512 characters', () => {
    expect(printableImage('A'.repeat(9000))).toBe(`${'A'.repeat(511)}…`);
  });
});

describe('a pattern is held against registry and path', () => {
  test.each([
    ['docker', 'docker:29', true],
    ['docker', 'registry.example/docker', false],
    ['acme/app', `index.docker.io/acme/app:1@${sha256}`, true],
    ['acme/app', 'ACME/app', false],
    ['acme/*', 'acme/app:1', true],
    ['acme/*', 'acme/team/app:1', false],
    ['acme/**', 'acme/team/app:1', true],
    ['REGISTRY.example/app', 'registry.EXAMPLE/app', true],
    ['registry.example/ci/**', 'registry.example/ci/a/b', true],
    ['registry.example/ci/**', 'registry.example/city/a', false],
    ['registry.example/ci/*', 'evil.example/registry.example/ci/a', false],
    ['*/ci/app', 'registry.example:5000/ci/app', true],
    ['*/ci/app', 'registry.example/x/ci/app', false],
    ['**/docker', 'registry.example/hub/library/docker', true],
    ['**', 'anything', true],
    ['**', 'registry.example/anything', true],
    ['do*er', 'docker', true],
    ['do*er', 'acme/docker', false],
    ['**', 'Not/Anything', false],
    ['docker.io/*', 'nginx', true],
    ['docker.io/*', 'acme/nginx', false],
    ['docker.io/**', 'acme/nginx', true],
    ['*.example/app', 'a.example/app', true],
    ['localhost/app', 'localhost/app', true],
    ['[::1]:5000/**', '[::1]:5000/a/b', true],
    ['ACME/app', 'ACME/app', true],
  ])('%s and %s: %s', (pattern, reference, matches) => {
    expect(imagePatternProblem(pattern)).toBeUndefined();
    expect(compileImagePatterns([pattern])(reference)).toBe(matches);
  });

  test('one of several is enough, none is none', () => {
    expect(compileImagePatterns(['a/*', 'docker', 'b/**'])('docker')).toBe(true);
    expect(compileImagePatterns([])('docker')).toBe(false);
  });
});

describe('a pattern that could not mean what it says is told, and matches nothing', () => {
  test.each([
    ['', 'is empty'],
    ['docker:29', 'has a tag: patterns name repositories, without tag and digest'],
    ['docker:*', 'has a tag: patterns name repositories, without tag and digest'],
    [`docker@${sha256}`, 'has a digest: patterns name repositories, without tag and digest'],
    ['reg*/app', 'may start with a registry or not: write docker.io/reg*/app, or the registry'],
    ['registry.example/App', 'names no repository'],
    ['/app', 'names no repository'],
    ['app/', 'names no repository'],
    ['host:/app', 'names no repository'],
    ['registry.example/[::1]', 'has "[": only * and ** are special'],
    ['[::1]', 'has a tag: patterns name repositories, without tag and digest'],
    ['[a-z]/app', 'has "[": only * and ** are special'],
  ])('%j %s', (pattern, problem) => {
    expect(imagePatternProblem(pattern)).toBe(problem);
    expect(['app', 'docker:29', 'regular/app', 'registry.example/app'].filter(compileImagePatterns([pattern]))).toEqual(
      [],
    );
  });
});
