import { type Check, none, type Parameter } from './check.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'runtime-class-handler', severity: 'critical' } as const;

/** Forbids a RuntimeClass of a guarded name whose handler is not known to be a sandbox. */
export const runtimeClassHandler = {
  ...heading,
  title: 'Sandbox class without a sandbox',
  why:
    'A pod that says `runtimeClassName: untrusted` is let in because of what that name stands for. A RuntimeClass of that ' +
    'name whose handler is runc gives it the shared kernel, and nothing in the pod would show it.',
  remedy: 'Give the RuntimeClass the handler of a sandbox, such as kata-qemu or runsc, or have its handler allowed.',
  restricts: [
    {
      kind: 'RuntimeClass',
      fields: ['handler'],
      allowed: 'the handlers of the allowance; any in a class that neither mountFuse accepts nor the site guards',
    },
  ],
  site: {
    fuse: { kind: 'fuse', description: 'The classes of mountFuse, which are guarded.' },
    classes: { kind: 'names', description: 'Further RuntimeClasses that are guarded.' },
  },
  allow: { handlers: { kind: 'names', description: 'Handlers of the container runtime that are a sandbox.' } },
  find: {
    runtimeClass({ name, runtimeClass }, { fuse, classes }) {
      const isGuarded =
        fuse?.runtimeClassName === name || fuse?.acceptedRuntimeClassNames.has(name) || classes?.has(name);
      if (isGuarded !== true) return none;
      const handler = runtimeClass.handler ?? '';
      const words = `the RuntimeClass "${shown(name)}" has the handler "${shown(handler)}", which is not known to be a sandbox`;
      return [findingAt(heading, '/handler', {}, { words, value: handler })];
    },
  },
  permits: ({ value }, { handlers }) => handlers?.has(value) === true,
} as const satisfies Check<{ fuse: Parameter<'fuse'>; classes: Parameter<'names'> }, { handlers: Parameter<'names'> }>;
