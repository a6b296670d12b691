import fc from 'fast-check';
import { applyPatch as applySecond } from 'rfc6902';
import { expect, test } from 'vitest';
import { mutatedSubject } from '../../src/admission/mutate.ts';
import { fuseContract } from '../../src/checks/fuse-contract.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { patchBetween } from '../../src/mutations/patch.ts';
import { configurationOf } from '../harness/rules.ts';
import { type GeneratedPod, generatedPod } from './pods.ts';
import { runs } from './runs.ts';

const configurations = [
  configurationOf({ mountFuse: { namespaces: ['gitlab'] } }),
  configurationOf({ mountFuse: { namespaces: ['gitlab'], acceptUserNamespaces: true, containers: [], count: 2 } }),
  configurationOf({
    mountFuse: { namespaces: ['gitlab'], acceptedRuntimeClassNames: ['kata-qemu'], label: { app: 'yes' } },
  }),
];

const fuses = fc.constantFrom(...configurations.map(({ fuse }) => fuse));
const namespaces = fc.constantFrom('gitlab', 'other');

/** A pod that carries the label, mostly; without a class or a user namespace, mostly, so that most are patched. */
const asking = fc.tuple(generatedPod, fc.nat(9), fc.nat(9)).map(([pod, label, sandbox]): GeneratedPod => {
  const labels = label === 0 ? pod.metadata.labels : { ...pod.metadata.labels, 'mount-fuse': 'true', app: 'yes' };
  const { runtimeClassName: _, hostUsers: __, ...spec } = pod.spec;
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(labels === undefined ? {} : { labels }) },
    spec: sandbox < 3 ? pod.spec : { ...spec, containers: pod.spec.containers },
  };
});

/** As it comes over the wire: own keys only, `__proto__` one of them. */
const wired = asking.map((pod) => JSON.parse(JSON.stringify(pod)) as GeneratedPod);

test('the patch, applied by another implementation, makes exactly the pod that the mutation made', () => {
  fc.assert(
    fc.property(wired, fuses, namespaces, (pod, fuse, namespace) => {
      const before = JSON.stringify(pod);
      const after = mutatedSubject(podSubject(pod, namespace), fuse).pod;
      const patch = JSON.parse(JSON.stringify(patchBetween(pod as never, after)));
      const target = JSON.parse(before);
      expect(applySecond(target, patch).every((error) => error === null)).toBe(true);
      expect(target).toEqual(JSON.parse(JSON.stringify(after)));
      expect(JSON.stringify(pod)).toBe(before);
    }),
    { numRuns: runs(3000) },
  );
});

test('mutating twice is mutating once', () => {
  fc.assert(
    fc.property(wired, fuses, namespaces, (pod, fuse, namespace) => {
      const once = mutatedSubject(podSubject(pod, namespace), fuse).pod;
      expect(mutatedSubject(podSubject(once, namespace), fuse).pod).toBe(once);
    }),
    { numRuns: runs(3000) },
  );
});

test('a patch only adds, and only the annotation, the limit and the class', () => {
  fc.assert(
    fc.property(wired, fuses, (pod, fuse) => {
      const patch = patchBetween(pod as never, mutatedSubject(podSubject(pod, 'gitlab'), fuse).pod);
      for (const { op, path } of patch) {
        expect(op).toBe('add');
        expect(path).toMatch(
          /^\/(metadata\/annotations(\/pratique\.dev~1fuse-containers)?|spec\/runtimeClassName|spec\/containers\/\d+\/resources(\/limits(\/squat\.ai~1fuse)?)?)$/,
        );
      }
    }),
    { numRuns: runs(3000) },
  );
});

test('a patched pod keeps the contract', () => {
  let patched = 0;
  fc.assert(
    fc.property(wired, fuses, (pod, fuse) => {
      const after = mutatedSubject(podSubject(pod, 'gitlab'), fuse).pod;
      if (after === (pod as unknown)) return;
      patched += 1;
      expect(fuseContract.find.pod(podSubject(after, 'gitlab'), { fuse })).toEqual([]);
    }),
    { numRuns: runs(3000) },
  );
  expect(patched).toBeGreaterThan(runs(100));
});
