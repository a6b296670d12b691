import { describe, expect, test } from 'vitest';
import type { Pointer } from '../kubernetes/pointer.ts';
import { type ManifestObject, parseDocument } from './parse.ts';

function objectsIn(text: string, line = 1): readonly ManifestObject[] {
  const parsed = parseDocument({ index: 0, line, text });
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return [...parsed.objects];
}

function problemsIn(text: string, line = 1) {
  const parsed = parseDocument({ index: 0, line, text });
  return parsed.kind === 'invalid' ? parsed.problems : [];
}

describe('reads YAML as kubectl does', () => {
  test.each([
    ['on, yes and off are booleans', 'a: on\nb: yes\nc: off\n', { a: true, b: true, c: false }],
    ['an octal number', 'a: 0644\n', { a: 420 }],
    ['a date stays a text', 'a: 2026-11-21\n', { a: '2026-11-21' }],
    ['a name that looks like a float', 'a: e-0\n', { a: 'e-0' }],
    ['keys that are no texts', 'on: 1\n2: b\n', { on: 1, '2': 'b' }],
    ['anchors and merge keys', 'a: &a { b: 1 }\nc: { <<: *a, d: 2 }\n', { a: { b: 1 }, c: { b: 1, d: 2 } }],
  ])('%s', (_name, text, expected) => {
    expect(JSON.parse(JSON.stringify(objectsIn(text)[0]?.value))).toEqual(expected);
  });

  test('a key that is there twice is an error with its place', () => {
    expect(problemsIn('a: 1\nb: 2\na: 3\n', 11)).toEqual([{ at: { line: 13, column: 1 }, message: 'is there twice' }]);
  });

  test('what cannot be parsed is an error with its place', () => {
    expect(problemsIn('a: [1\nb: 2\n', 5)).toEqual([
      { at: { line: 6, column: 1 }, message: expect.stringContaining('is no valid YAML') },
      ...problemsIn('a: [1\nb: 2\n', 5).slice(1),
    ]);
    expect(problemsIn('a: [1\nb: 2\n', 5).length).toBeGreaterThan(0);
  });

  test('aliases that would make gigabytes of a line are an error', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++) {
      bomb.push(`a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}*a${level - 1}]`);
    }
    expect(problemsIn(bomb.join('\n'))[0]?.message).toContain('too large once its aliases are followed');
  });
});

describe.each([
  ['YAML', 'kind: Pod\nspec:\n  containers:\n    - name: a\n      image: b\n', { image: [5, 7], container: [4, 7] }],
  [
    'JSON',
    '{\n  "kind": "Pod",\n  "spec": {"containers": [\n    {"name": "a\\"]}",\n     "image": "b"}]}\n}',
    { image: [5, 6], container: [4, 5] },
  ],
  [
    'JSON on one line',
    '{"kind":"Pod","spec":{"containers":[{"name":"a","image":"b"}]}}',
    { image: [1, 49], container: [1, 37] },
  ],
] as const)('tells places in %s', (_name, text, places) => {
  const [object] = objectsIn(text, 1);
  test.each([
    ['/spec/containers/0/image', places.image],
    ['/spec/containers/0/image/none', places.image],
    ['/spec/containers/0', places.container],
    ['/spec/containers/0/securityContext/privileged', places.container],
  ] as const)('%s', (pointer, [line, column]) => {
    expect(object?.locate(pointer as Pointer)).toEqual({ line, column });
  });
});

describe('opens lists', () => {
  test('of any kind, in each other, with the places of their items', () => {
    const objects = objectsIn(
      'kind: List\nitems:\n  - kind: A\n  - kind: List\n    items: [{ kind: B }]\n  - text\n  - null\n',
      3,
    );
    expect(objects.map(({ value, locate }) => [value['kind'], locate('/kind').line])).toEqual([
      ['A', 5],
      ['B', 7],
    ]);
  });

  test('whose items leave out what all of them are', () => {
    const [pod] = objectsIn('{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}}]}');
    expect(pod?.value).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  });
});

test.each(['text', '- a\n- b\n', '1', 'null'])('%j holds no object', (text) => {
  expect(objectsIn(text)).toEqual([]);
});
