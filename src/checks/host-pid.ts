import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none } from './check.ts';

/** Forbids pods in the node's process namespace. */
export const hostPid = {
  id: 'host-pid',
  title: 'Processes of the node',
  severity: 'critical',
  why:
    'The processes of the node and of all its pods are visible: their command lines and, to the same user, their ' +
    'variables with the tokens in them. With root, or with SYS_PTRACE, /proc/1/root is the file system of the node, and ' +
    'nsenter on process 1 is a shell on the node.',
  remedy: 'Remove hostPID; a build needs no process but its own.',
  gitlab: 'Have hostPID removed from `pod_spec` in the config.toml of the runner.',
  restricts: [{ fields: ['spec.hostPID'], allowed: 'absent, false' }],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      if (subject.spec.hostPID !== true) return none;
      return [
        {
          check: 'host-pid',
          severity: 'critical',
          pointer: pointerTo(subject.specAt, 'hostPID'),
          place: {},
          message: 'the pod sees the processes of the node (hostPID)',
          value: 'true',
        },
      ];
    },
  },
  permits: () => true,
} as const satisfies Check;
