import { type Check, type Finding, none, type Parameter } from './check.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'gated-device-claim', severity: 'high' } as const;
const classPrefix = 'deviceclass.resource.kubernetes.io/';

/** Forbids claims of a device class that stands for a gated device. */
export const gatedDeviceClaim = {
  ...heading,
  title: 'Claim of a device that is given only by label',
  why:
    'A pod that names a claim does not show which device it brings: with a claim of the FUSE class it would hold /dev/fuse ' +
    'on the shared kernel, without the sandbox. Claims are therefore judged when they are created.',
  remedy: 'Drop the claim, and ask for the device with the label mount-fuse: "true".',
  restricts: [
    {
      kind: 'ResourceClaim',
      fields: ['spec.devices.requests[*]….deviceClassName'],
      allowed:
        'every class but those that mountFuse.resource or mountFuse.gatedResources name as ' +
        'deviceclass.resource.kubernetes.io/<class>',
    },
    { kind: 'ResourceClaimTemplate', fields: ['spec.spec.devices.requests[*]….deviceClassName'], allowed: 'the same' },
  ],
  site: { fuse: { kind: 'fuse', description: 'The gated resources of mountFuse.' } },
  allow: { classes: { kind: 'names', description: 'Device classes that may be claimed.' } },
  find: {
    resourceClaim({ requests }, { fuse }) {
      let findings: Finding[] | undefined;
      for (const { at, deviceClassName } of requests) {
        const resource = classPrefix + deviceClassName;
        if (fuse?.resource !== resource && !fuse?.gatedResources.has(resource)) continue;
        const words = `the claim asks for the device class "${shown(deviceClassName)}", which is given only by label`;
        findings ??= [];
        findings.push(findingAt(heading, at, {}, { words, value: deviceClassName }));
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { classes }) => classes?.has(value) === true,
} as const satisfies Check<{ fuse: Parameter<'fuse'> }, { classes: Parameter<'names'> }>;
