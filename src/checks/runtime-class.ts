import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, none, type Parameter, type Shape } from './check.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'runtime-class', severity: 'medium' } as const;

/** Allows only listed runtime classes. */
export const runtimeClass = {
  ...heading,
  title: 'Runtime class that is not on the list',
  why:
    'The class decides which runtime starts the pod: a virtual machine, or one that hands out more than runc does, ' +
    'such as all devices to a privileged container, or docker-in-docker without privilege. Everybody who can create ' +
    'a pod can name every class of the cluster.',
  remedy: 'Leave runtimeClassName out, or name a class that this namespace may use.',
  gitlab: "Have `runtime_class_name` changed in the runner's config.toml ([runners.kubernetes]).",
  restricts: [{ fields: ['spec.runtimeClassName'], allowed: 'absent, and the classes of the allowance' }],
  site: {},
  allow: { classes: { kind: 'names', description: 'Runtime classes that may be used.' } },
  find: {
    pod(subject) {
      const name = subject.spec.runtimeClassName;
      if (!name) return none;
      const words = `the pod runs under the runtime class "${shown(name)}", which is not on the list of its namespace`;
      return [findingAt(heading, pointerTo(subject.specAt, 'runtimeClassName'), {}, { words, value: name })];
    },
  },
  permits: ({ value }, { classes }) => classes?.has(value) === true,
} as const satisfies Check<Shape, { classes: Parameter<'names'> }>;
