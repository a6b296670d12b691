import { baselineCapabilities } from '../facts/capabilities.ts';
import { findCapabilities, hasCapability } from './capabilities.ts';
import type { Check, Finding, Shape } from './check.ts';

/** Tells of capabilities beyond the Pod Security Standards' Baseline that are not root on the node. */
export const capabilitiesExtra = {
  id: 'capabilities-extra',
  title: 'Capability beyond the Baseline',
  severity: 'medium',
  why:
    'NET_ADMIN, NET_RAW, SYS_TIME, SYS_RESOURCE and the like reach further than a container needs: they change routes, ' +
    "forge packets, set the node's clock or lift its limits. They are not root by themselves, and some charts have a use " +
    'for one; a build has none.',
  remedy: 'Remove the capability.',
  gitlab: "Have the capability removed from `cap_add` in the runner's config.toml ([runners.kubernetes]).",
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.capabilities.add[*]'],
      allowed: 'those listed, in just this spelling; what dangerous-capabilities finds is left to it',
      listed: baselineCapabilities,
    },
  ],
  site: {},
  allow: {
    capabilities: { kind: 'names', description: 'Capabilities that may be added, such as `NET_ADMIN`.' },
  },
  find: {
    pod(subject): readonly Finding[] {
      return findCapabilities(subject, capabilitiesExtra, 'extra');
    },
  },
  permits: ({ value }, { capabilities }) => hasCapability(capabilities, value),
} as const satisfies Check<Shape, { capabilities: { kind: 'names'; description: string } }>;
