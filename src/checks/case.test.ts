import { describe, expect, test } from 'vitest';
import { objectOf, spread } from './case.ts';

describe('a case with each', () => {
  test('makes a case of each value, wherever it is marked', () => {
    const written = {
      name: 'a key',
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: what stands in a cases file
      metadata: { annotations: { '${each}': 'x-${each}' }, labels: null },
      spec: { list: ['${each}', 1, true, null] },
      at: ['/metadata/annotations/${each~1}'],
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: what stands in a cases file
    };
    const made = (name: string, value: string, token: string) => ({
      name,
      metadata: { annotations: { [value]: `x-${value}` }, labels: null },
      spec: { list: [value, 1, true, null] },
      at: [`/metadata/annotations/${token}`],
    });
    expect(spread({ ...written, each: ['a/b/c', 'd~e~f', '$&'] })).toEqual([
      made('a key: "a/b/c"', 'a/b/c', 'a~1b~1c'),
      made('a key: "d~e~f"', 'd~e~f', 'd~0e~0f'),
      made('a key: "$&"', '$&', '$&'),
    ]);
    expect(spread(written)).toEqual([written]);
  });
});

describe('the object of a case', () => {
  test('is a pod with a container where nothing is written', () => {
    expect(objectOf({})).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'case' },
      spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    });
  });

  test('is a pod as it is written, with the names and images that it leaves out', () => {
    const containers = [{}, { image: '' }, { name: 'own' }];
    expect(
      objectOf({
        metadata: { name: 'x', labels: {} },
        spec: { containers, initContainers: [{}], ephemeralContainers: [{}, {}], hostPID: true },
      }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', labels: {} },
      spec: {
        hostPID: true,
        containers: [
          { name: 'main', image: 'registry.example/app:1' },
          { name: 'main-1', image: '' },
          { name: 'own', image: 'registry.example/app:1' },
        ],
        initContainers: [{ name: 'init', image: 'registry.example/app:1' }],
        ephemeralContainers: [
          { name: 'debug', image: 'registry.example/app:1' },
          { name: 'debug-1', image: 'registry.example/app:1' },
        ],
      },
    });
  });

  test('of another kind is what is written, with a name', () => {
    const object = { apiVersion: 'v1', kind: 'PersistentVolume', spec: {} };
    expect(objectOf({ object })).toEqual({ ...object, metadata: { name: 'case' } });
    const named = { ...object, metadata: { name: 'x' } };
    expect(objectOf({ object: named })).toEqual(named);
  });
});
