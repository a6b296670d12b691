import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import type { ContainerAt } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter } from './check.ts';
import { findingAt, findingIn, type Heading, shown } from './findings.ts';

const heading: Heading & { id: 'device-resource' } = { id: 'device-resource', severity: 'medium' };

/** Allows only listed extended resources and device classes. */
export const deviceResource = {
  ...heading,
  title: 'Device that is not on the list',
  why:
    'Device plugins hand out whatever device of the node they were told to, by default for reading, writing and ' +
    'mknod, and everybody who can create a pod can ask for it. A device class of dynamic resource allocation is ' +
    'asked for in the same way, under the name deviceclass.resource.kubernetes.io/<class>.',
  remedy: 'Drop the limit and the request, or ask for the resource to be put on the list of this namespace.',
  restricts: [
    {
      fields: ['spec.containers[*].resources.{limits,requests}[*]', 'spec.resources.{limits,requests}[*]'],
      allowed:
        'every name without a slash, the resource of mountFuse, which is left to fuse-contract, and those of the ' +
        'allowance',
    },
    { kind: 'ResourceClaim', fields: ['spec.devices.requests[*]….deviceClassName'], allowed: 'those of the allowance' },
    {
      kind: 'ResourceClaimTemplate',
      fields: ['spec.spec.devices.requests[*]….deviceClassName'],
      allowed: 'those of the allowance',
    },
  ],
  site: { fuse: { kind: 'fuse', description: 'The fuse contract, from mountFuse: its resource is not looked for.' } },
  allow: {
    resources: {
      kind: 'names',
      description: 'Extended resources and, as deviceclass.resource.kubernetes.io/<class>, device classes.',
    },
  },
  find: {
    pod(subject, { fuse }) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const resources = container.value.resources;
        if (resources == null) continue;
        findings = findResources(resources, fuse?.resource, findings, { container });
      }
      const resources = subject.spec.resources;
      if (resources == null) return findings ?? none;
      return findResources(resources, fuse?.resource, findings, { at: pointerTo(subject.specAt, 'resources') }) ?? none;
    },
    resourceClaim({ requests }) {
      let findings: Finding[] | undefined;
      for (const { at, deviceClassName } of requests) {
        if (deviceClassName === '') continue;
        const words = `the claim asks for the device class ${shown(deviceClassName)}`;
        findings ??= [];
        findings.push(
          findingAt(heading, at, {}, { words, value: `deviceclass.resource.kubernetes.io/${deviceClassName}` }),
        );
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { resources }) => resources?.has(value) === true,
} as const satisfies Check<{ fuse: Parameter<'fuse'> }, { resources: Parameter<'names'> }>;

/** Whether a resource is an extended one, or a device class: each of them can be a device, and the node's own are none. */
export function isDeviceName(resource: string): boolean {
  return resource.includes('/');
}

type Holder = { readonly container: ContainerAt } | { readonly at: Pointer };

interface Resources {
  readonly limits?: Readonly<Record<string, unknown>> | null;
  readonly requests?: Readonly<Record<string, unknown>> | null;
}

/** One finding for each resource: a limit and a request for it are one. */
function findResources(
  resources: Resources,
  fuse: string | undefined,
  found: Finding[] | undefined,
  holder: Holder,
): Finding[] | undefined {
  const { limits, requests } = resources;
  let findings = found;
  if (limits != null) {
    for (const resource in limits) {
      if (!isDeviceName(resource) || resource === fuse) continue;
      findings ??= [];
      findings.push(findingFor(holder, 'limits', resource));
    }
  }
  if (requests != null) {
    for (const resource in requests) {
      if (!isDeviceName(resource) || resource === fuse) continue;
      if (limits != null && Object.hasOwn(limits, resource)) continue;
      findings ??= [];
      findings.push(findingFor(holder, 'requests', resource));
    }
  }
  return findings;
}

function findingFor(holder: Holder, list: 'limits' | 'requests', resource: string): Finding {
  const words = `asks for ${shown(resource)}`;
  if ('container' in holder) {
    return findingIn(heading, holder.container, ['resources', list, resource], { words, value: resource });
  }
  const told = { words: `the pod ${words}`, value: resource };
  return findingAt(heading, pointerTo(holder.at, list, resource), {}, told);
}
