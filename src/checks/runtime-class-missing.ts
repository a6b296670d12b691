import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, none } from './check.ts';
import { findingAt } from './findings.ts';

const heading = { id: 'runtime-class-missing', severity: 'medium' } as const;

/** Requires a runtime class, for namespaces whose pods belong in a sandbox; which ones, says runtime-class. */
export const runtimeClassMissing = {
  ...heading,
  title: 'Pod without a runtime class',
  why:
    "Without a class the pod shares the node's kernel with everything else there, and one bug of that kernel is " +
    'between its code and the node.',
  remedy: 'Set runtimeClassName to a sandbox class that this namespace may use.',
  gitlab: "Have `runtime_class_name` set in the runner's config.toml ([runners.kubernetes]).",
  restricts: [{ fields: ['spec.runtimeClassName'], allowed: 'any name' }],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      if (subject.spec.runtimeClassName) return none;
      const words = 'the pod has no runtime class, and pods of its namespace belong in a sandbox';
      return [findingAt(heading, pointerTo(subject.specAt, 'runtimeClassName'), {}, { words, value: 'none' })];
    },
  },
  permits: () => true,
} as const satisfies Check;
