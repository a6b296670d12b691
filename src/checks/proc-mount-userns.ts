import { type Check, type Finding, none } from './check.ts';
import { findProcMounts } from './proc-mounts.ts';

/** Tells of an unmasked /proc inside of a user namespace. */
export const procMountUserns = {
  id: 'proc-mount-userns',
  title: 'Unmasked /proc in a user namespace',
  severity: 'low',
  why:
    'Builders that nest containers need an unmasked /proc, and in a user namespace root in the container is nobody on the ' +
    'node, so the Pod Security Standards allow it there. What is left is more of the kernel within reach of the build.',
  remedy: 'Remove procMount where the build does not nest containers.',
  gitlab: "Have `proc_mount` removed from the runner's config.toml where the build does not nest containers.",
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.procMount'],
      allowed: 'absent, Default; without spec.hostUsers: false it is left to proc-mount',
    },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      return subject.spec.hostUsers === false ? findProcMounts(subject, procMountUserns) : none;
    },
  },
  permits: () => true,
} as const satisfies Check;
