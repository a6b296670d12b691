import type { Check } from './check.ts';
import { findEffective, type Inherited, type Problem, sound } from './effective.ts';

const heading = { id: 'windows-host-process', severity: 'critical' } as const;

const isOnHost: readonly Problem[] = [
  { field: ['windowsOptions', 'hostProcess'], words: 'runs as a process of the Windows node', value: 'true' },
];

const hostProcess: Inherited<boolean> = {
  read: (context) => context.windowsOptions?.hostProcess,
  problemsOf: (isHostProcess) => (isHostProcess ? isOnHost : sound),
};

/** Forbids containers that are processes of a Windows node (Pod Security Standards, Baseline). */
export const windowsHostProcess = {
  ...heading,
  title: 'Process of the Windows node',
  why:
    'A HostProcess container is no container: it runs on the node with its file system, its network and its ' +
    'registry, and reaches the pipe of containerd.',
  remedy: 'Drop windowsOptions.hostProcess.',
  restricts: [
    {
      fields: [
        'spec.securityContext.windowsOptions.hostProcess',
        'spec.containers[*].securityContext.windowsOptions.hostProcess',
      ],
      allowed: "absent, false; a container's own counts before the pod's",
    },
  ],
  site: {},
  allow: {},
  find: { pod: (subject) => findEffective(heading, subject, hostProcess) },
  permits: () => true,
} as const satisfies Check;
