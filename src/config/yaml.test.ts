import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPath } from './problem.ts';
import { readYaml } from './yaml.ts';

function read(text: string): unknown {
  const result = readYaml(text);
  if (result.kind === 'invalid') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.value;
}

function problemsOf(text: string): readonly string[] {
  const result = readYaml(text);
  if (result.kind === 'document') return [];
  return result.problems.map(
    ({ path, message, position }) => `${position.line}:${position.column} ${formatPath(path)} ${message}`,
  );
}

describe('reads as kubectl and Helm do', () => {
  test.each([
    ['a date as a string', 'expires: 2027-06-30', { expires: '2027-06-30' }],
    ['a quoted date', 'expires: "2027-06-30"', { expires: '2027-06-30' }],
    ['a time of day as a string', 'a: 12:30:45', { a: '12:30:45' }],
    ['numbers', 'a: [1, 1.5, 1e3, .5, 0x10, 010, -.inf]', { a: [1, 1.5, 1000, 0.5, 16, 8, null] }],
    [
      'names that look a little like numbers',
      'a: [e-0, E5, ., 1.2.3, 1e, "1"]',
      { a: ['e-0', 'E5', '.', '1.2.3', '1e', '1'] },
    ],
    ['off as false', 'a: off', { a: false }],
    ['yes as true', 'a: yes', { a: true }],
    ['a quoted off', 'a: "off"', { a: 'off' }],
    [
      'a merge key, which the object itself precedes',
      'x: &x {a: 1, b: 2}\nz: {<<: *x, a: 3}',
      { x: { a: 1, b: 2 }, z: { a: 3, b: 2 } },
    ],
    [
      'a list of merged objects',
      'x: &x {a: 1}\nz: &z {b: 2}\nw: {<<: [*x, *z]}',
      { x: { a: 1 }, z: { b: 2 }, w: { a: 1, b: 2 } },
    ],
    ['an alias', 'x: &x [1]\nz: *x', { x: [1], z: [1] }],
    ['JSON', '{"a": [1, "b", null, true]}', { a: [1, 'b', null, true] }],
    ['an empty document after the first', '---\na: 1\n---\n', { a: 1 }],
    ['a comment before it', '# hello\n---\na: 1\n', { a: 1 }],
  ])('%s', (_, text, expected) => {
    expect(JSON.parse(JSON.stringify(read(text)))).toEqual(expected);
  });

  test('gives objects no prototype', () => {
    expect(Object.getPrototypeOf(read('constructor: 1'))).toBeNull();
  });
});

describe('refuses with a place', () => {
  test.each([
    ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2', ['4:3 b.c is there twice']],
    ['two documents', 'a: 1\n---\nb: 2', ['2:1  has more than one YAML document: a configuration is exactly one']],
    ['no document', '# nothing\n', ['1:1  has no YAML document']],
    ['an empty text', '', ['1:1  has no YAML document']],
    ['a key that YAML 1.1 reads as a boolean', 'on: 1', ['1:1  the key "on" is not a string in YAML 1.1']],
    ['a key that is a number', 'a:\n  1: b', ['2:3 a the key "1" is not a string in YAML 1.1']],
    ['a key that is a list', '? [a]\n: b', ['1:3  a key is not a string']],
    ['a key that would be a prototype', 'a: {__proto__: {}}', ['1:5 a the key `__proto__` is not allowed']],
    ['an alias without an anchor', 'a: *b', ['1:4 a the alias *b has no anchor before it']],
    ['an alias to what holds it', 'a: &a [*a]', ['1:8 a[0] the alias *a refers to itself']],
    ['a merge key with a scalar', 'a: {<<: 1}', ['1:9 a["<<"] a merge key takes objects only']],
    ['an unknown tag', 'a: !!binary aGk=', ['1:4  is no valid YAML: Unresolved tag: tag:yaml.org,2002:binary']],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('bad indentation', () => {
    expect(problemsOf('a:\n  b: 1\n c: 2').length).toBeGreaterThan(0);
  });
});

describe('refuses hostile texts', () => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefghij'].reduce((text, name, index) => {
    const before = String.fromCharCode('a'.charCodeAt(0) + index - 1);
    return `${text}\n${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
  });

  test.each([
    ['aliases that multiply', laughs, 'is too large once its aliases are followed'],
    ['lists in lists', `a: ${'['.repeat(60)}${']'.repeat(60)}`, 'is nested more than 40 levels deep'],
    ['lists in lists, without end', `a: ${'['.repeat(10_000)}`, 'is nested too deeply'],
    ['objects in objects', `${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`, 'is nested too deeply'],
    ['more than 1 MiB', `a: ${'x'.repeat(1024 * 1024)}`, 'is larger than 1 MiB'],
  ])('%s', (_, text, expected) => {
    const [first] = problemsOf(text);
    expect(first).toContain(expected);
  });

  test('many keys take no time that grows with their square', () => {
    const time = (count: number) => {
      const keys = Array.from({ length: count }, (_, index) => `k${index}: 1`).join('\n');
      const start = performance.now();
      expect(Object.keys(read(keys) as object)).toHaveLength(count);
      return performance.now() - start;
    };
    time(1000);
    // The square would be 256 times as long.
    expect(time(16_000)).toBeLessThan(100 * Math.max(5, time(1000), time(1000)));
  });

  test('never throws', () => {
    const yamlish = fc.string({
      unit: fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '-',
        '[',
        ']',
        '{',
        '}',
        '&',
        '*',
        '!',
        '|',
        '>',
        '"',
        "'",
        '#',
        '%',
        '<',
        '?',
        ',',
        '\t',
        '~',
      ),
    });
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string()), (text) => ['document', 'invalid'].includes(readYaml(text).kind)),
      {
        numRuns: 500,
      },
    );
  });
});

describe('knows where things are', () => {
  const text = 'a: 1\nlist:\n  - name: x\n    deep: {er: 1}\nbase: &base\n  m: 1\nmerged:\n  <<: *base\nalias: *base\n';

  test.each([
    [['a'], 1, 1],
    [['list', 0], 3, 5],
    [['list', 0, 'deep', 'er'], 4, 12],
    [['list', 0, 'absent'], 3, 5],
    [['merged', 'm'], 6, 3],
    [['alias', 'm'], 6, 3],
    [[], 1, 1],
  ])('%j', (path, line, column) => {
    const result = readYaml(text);
    expect(result.kind === 'document' && result.locate(path)).toEqual({ line, column });
  });
});
