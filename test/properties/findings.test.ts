import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findAll } from '../../src/admission/findings.ts';
import { pointerTokens } from '../../src/kubernetes/pointer.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { configurationOf } from '../harness/rules.ts';
import { type GeneratedContainer, type GeneratedPod, generatedPod } from './pods.ts';
import { runs } from './runs.ts';

const configuration = configurationOf({ default: { profile: 'strict' }, mountFuse: { namespaces: ['gitlab'] } });
const rules = configuration.policyFor('gitlab').profile.rules.pod;

/** check, place and value of every finding, sorted: what allowances and the update rule go by. */
function seen(pod: GeneratedPod): readonly string[] {
  return findAll(rules, podSubject(pod, 'gitlab'))
    .map(({ finding: { check, place, value, failed } }) => {
      expect(failed).toBeUndefined();
      return JSON.stringify([check, place.container, place.volume, place.key, value]);
    })
    .toSorted();
}

const pods = { numRuns: runs(1500) };

describe('no finding is lost when a pod is', () => {
  test('reordered', () => {
    fc.assert(
      fc.property(generatedPod, (pod) => {
        const { spec } = pod;
        const reordered: GeneratedPod = {
          ...pod,
          spec: Object.fromEntries(
            Object.entries(spec)
              .map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value] as const)
              .toReversed(),
          ) as GeneratedPod['spec'],
        };
        expect(seen(reordered)).toEqual(seen(pod));
      }),
      pods,
    );
  });

  test('renamed', () => {
    fc.assert(
      fc.property(generatedPod, (pod) => {
        const renamed = { ...pod, metadata: { ...pod.metadata, name: 'kube-proxy', generateName: 'system-' } };
        expect(seen(renamed)).toEqual(seen(pod));
      }),
      pods,
    );
  });

  test('padded with harmless containers, volumes, env and unknown fields', () => {
    const padding = 'x'.repeat(20_000);
    const padded = (container: GeneratedContainer): GeneratedContainer => ({
      ...container,
      env: [{ name: 'PAD', value: padding }, ...((container['env'] as object[] | undefined) ?? [])],
      unknownField: { nested: [padding] },
    });
    fc.assert(
      fc.property(generatedPod, (pod) => {
        const bigger: GeneratedPod = {
          ...pod,
          unknown: padding,
          spec: {
            ...pod.spec,
            unknown: { hostPath: null },
            containers: pod.spec.containers.map(padded),
            ...(pod.spec.initContainers === undefined ? {} : { initContainers: pod.spec.initContainers.map(padded) }),
            volumes: [{ name: 'pad', emptyDir: {} }, ...(pod.spec.volumes ?? [])],
          },
        };
        expect(seen(bigger)).toEqual(seen(pod));
      }),
      { numRuns: runs(300) },
    );
  });
});

/** Checks that may find something missing: they point to where it would be. */
const tellOfAbsence: ReadonlySet<string> = new Set([
  'capabilities-drop',
  'fuse-contract',
  'privilege-escalation',
  'run-as-root',
  'seccomp-unset',
]);

test('every finding points to what it is about', () => {
  fc.assert(
    fc.property(generatedPod, (pod) => {
      for (const { finding } of findAll(rules, podSubject(pod, 'gitlab'))) {
        if (tellOfAbsence.has(finding.check)) continue;
        const target = pointerTokens(finding.pointer).reduce<unknown>(
          (node, token) => (node as Record<string, unknown> | undefined)?.[token],
          pod,
        );
        expect(target, finding.pointer).toBeDefined();
      }
    }),
    pods,
  );
});
