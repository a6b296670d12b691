import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, none } from './check.ts';

/** Tells of a label that looks like a request for the fuse device and is none. */
export const fuseLabel = {
  id: 'fuse-label',
  title: 'Fuse label with a value that means nothing',
  severity: 'low',
  why:
    'Only the configured value asks for the device. A pod with another value is not patched, and its build fails later ' +
    'for want of /dev/fuse, far away from the reason.',
  remedy: 'Set the label to its configured value, or drop it.',
  restricts: [
    {
      fields: ['metadata.labels[mount-fuse]'],
      allowed: 'absent, "true"; or what the label of mountFuse is configured to be',
    },
  ],
  site: { fuse: { kind: 'fuse', description: 'The fuse contract, from mountFuse.' } },
  allow: {},
  find: {
    pod(subject, site) {
      const label = site.fuse?.label;
      if (label === undefined || !Object.hasOwn(subject.labels, label.key)) return none;
      const value = subject.labels[label.key];
      if (value === label.value) return none;
      return [
        {
          check: 'fuse-label',
          severity: 'low',
          pointer: pointerTo(subject.metadataAt, 'labels', label.key),
          place: { key: label.key },
          message: `label ${label.key} has a value other than ${JSON.stringify(label.value)}, so the pod gets no fuse device`,
          value: (value ?? '').slice(0, 63),
        },
      ];
    },
  },
  permits: () => true,
} as const satisfies Check<{ fuse: { kind: 'fuse'; description: string } }>;
