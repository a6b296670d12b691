import { dangerousCapabilities as dangerous } from '../facts/capabilities.ts';
import { findCapabilities, hasCapability } from './capabilities.ts';
import type { Check, Finding, Shape } from './check.ts';

/** Forbids capabilities that are root on the node. */
export const dangerousCapabilities = {
  id: 'dangerous-capabilities',
  title: 'Capability that is root on the node',
  severity: 'critical',
  why:
    'SYS_ADMIN mounts, SYS_MODULE loads code into the kernel, SYS_PTRACE and DAC_READ_SEARCH read other processes and any ' +
    'file of the node, BPF and PERFMON watch them, and ALL is everything that privileged gives. Adding wins over ' +
    '`drop: [ALL]`. A name that Linux does not have is refused too.',
  remedy: 'Remove the capability; rootless builders need SETUID and SETGID at most.',
  gitlab:
    "Have the capability removed from `cap_add` in the runner's config.toml ([runners.kubernetes]); rootless builders need " +
    'SETUID and SETGID at most.',
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.capabilities.add[*]'],
      allowed: 'every capability of Linux but those listed, which are found in any case, with CAP_ or without',
      listed: dangerous,
    },
  ],
  site: {},
  allow: {
    capabilities: { kind: 'names', description: 'Capabilities that may be added, such as `SYS_ADMIN`.' },
  },
  find: {
    pod(subject): readonly Finding[] {
      return findCapabilities(subject, dangerousCapabilities, 'dangerous');
    },
  },
  permits: ({ value }, { capabilities }) => hasCapability(capabilities, value),
} as const satisfies Check<Shape, { capabilities: { kind: 'names'; description: string } }>;
