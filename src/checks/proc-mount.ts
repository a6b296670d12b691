import { type Check, type Finding, none } from './check.ts';
import { findProcMounts } from './proc-mounts.ts';

/** Forbids an unmasked /proc outside of a user namespace. */
export const procMount = {
  id: 'proc-mount',
  title: 'Unmasked /proc without a user namespace',
  severity: 'high',
  why:
    "The runtime masks parts of /proc and makes others read-only, because they are the node's: /proc/sys, " +
    '/proc/sysrq-trigger, /proc/kcore. Unmasked, root in the container writes to them; only in a user namespace is that ' +
    'root nobody on the node (KEP-4265).',
  remedy: 'Remove procMount, or set hostUsers: false beside it.',
  gitlab: "Have `proc_mount` removed from the runner's config.toml ([runners.kubernetes]).",
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.procMount'],
      allowed: 'absent, Default; with spec.hostUsers: false it is left to proc-mount-userns',
    },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      return subject.spec.hostUsers === false ? none : findProcMounts(subject, procMount);
    },
  },
  permits: () => true,
} as const satisfies Check;
