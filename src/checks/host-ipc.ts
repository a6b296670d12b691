import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none } from './check.ts';

/** Forbids pods in the node's IPC namespace. */
export const hostIpc = {
  id: 'host-ipc',
  title: 'Shared memory of the node',
  severity: 'high',
  why:
    'Shared memory of the processes of the node can be read and written: /dev/shm, and the segments, semaphores and ' +
    'queues of System V. What databases and agents of the node keep there is open to the pod.',
  remedy: 'Remove hostIPC; containers of one pod share memory without it.',
  gitlab: 'Have hostIPC removed from `pod_spec` in the config.toml of the runner.',
  restricts: [{ fields: ['spec.hostIPC'], allowed: 'absent, false' }],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      if (subject.spec.hostIPC !== true) return none;
      return [
        {
          check: 'host-ipc',
          severity: 'high',
          pointer: pointerTo(subject.specAt, 'hostIPC'),
          place: {},
          message: 'the pod shares the memory segments of the node (hostIPC)',
          value: 'true',
        },
      ];
    },
  },
  permits: () => true,
} as const satisfies Check;
