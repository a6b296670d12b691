import { readFileSync } from 'node:fs';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { completePod, type Fragment } from '../../test/harness/cases.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { fuseContract } from '../checks/fuse-contract.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { mountFuse } from './mount-fuse.ts';
import { patchBetween } from './patch.ts';

interface MutationCase extends Fragment {
  readonly name: string;
  readonly namespace?: string;
  readonly mountFuse?: Readonly<Record<string, unknown>>;
  readonly patch?: readonly Operation[];
}

const cases = parse(readFileSync(new URL('./mount-fuse.cases.yaml', import.meta.url), 'utf8')) as {
  readonly patched: readonly MutationCase[];
  readonly untouched: readonly MutationCase[];
};

function prepare(one: MutationCase) {
  const { fuse } = configurationOf({ mountFuse: { namespaces: ['gitlab'], ...one.mountFuse } });
  const pod = completePod(one);
  return { fuse, pod, namespace: one.namespace ?? 'gitlab', subject: podSubject(pod, one.namespace ?? 'gitlab') };
}

test('it is known by its name, and its twin is the check that proves it', () => {
  expect([mountFuse.id, mountFuse.twin]).toEqual(['mount-fuse', fuseContract.id]);
});

test.each(cases.patched)('patches $name, and its twin proves it', (one) => {
  const { fuse, pod, namespace, subject } = prepare(one);
  const before = structuredClone(pod);
  const after = mountFuse.apply(subject, fuse);
  const patch = patchBetween(subject.pod, after);
  expect(patch.toSorted(byPath)).toEqual(one.patch?.toSorted(byPath));
  expect(jsonpatch.applyPatch(structuredClone(pod), patch as Operation[]).newDocument).toEqual(after);
  expect(pod).toEqual(before);
  const result = podSubject(after, namespace);
  expect(fuseContract.find.pod(result, { fuse })).toEqual([]);
  expect(mountFuse.apply(result, fuse)).toBe(after);
});

test.each(cases.untouched)('leaves $name alone', (one) => {
  const { fuse, subject } = prepare(one);
  expect(mountFuse.apply(subject, fuse)).toBe(subject.pod);
});

test('a key __proto__ in the annotations stays an ordinary key', () => {
  const pod = JSON.parse(
    '{"metadata":{"labels":{"mount-fuse":"true"},"annotations":{"__proto__":"x"}},"spec":{"containers":[{"name":"build"}]}}',
  );
  const { fuse } = prepare({ name: '' });
  const subject = podSubject(pod, 'gitlab');
  const after = mountFuse.apply(subject, fuse);
  expect(
    patchBetween(subject.pod, after)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual([
    '/metadata/annotations/pratique.dev~1fuse-containers',
    '/spec/containers/0/resources',
    '/spec/runtimeClassName',
  ]);
  expect(Object.keys(after.metadata?.annotations ?? {})).toEqual(['__proto__', 'pratique.dev/fuse-containers']);
});

function byPath(a: Operation, b: Operation): number {
  return a.path < b.path ? -1 : 1;
}
