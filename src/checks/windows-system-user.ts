import { windowsSystemUsers } from '../facts/windows-users.ts';
import type { Check } from './check.ts';
import { findEffective, type Inherited, sound } from './effective.ts';
import { shown } from './findings.ts';

const heading = { id: 'windows-system-user', severity: 'medium' } as const;

const userName: Inherited<string> = {
  read: (context) => context.windowsOptions?.runAsUserName,
  problemsOf(name) {
    const lower = name.trim().toLowerCase();
    if (!windowsSystemUsers.has(lower)) return sound;
    return [{ field: ['windowsOptions', 'runAsUserName'], words: `runs as "${shown(name)}"`, value: lower }];
  },
};

/** Tells of containers that run as the account of Windows itself. */
export const windowsSystemUser = {
  ...heading,
  title: 'Account of the Windows system',
  why:
    'NT AUTHORITY\\SYSTEM may do everything on the machine that it is on: in a HostProcess container that is the ' +
    "node, and in another one it is the account with the most ways to reach the node's kernel.",
  remedy: 'Set runAsUserName to ContainerUser, or to another account without rights.',
  restricts: [
    {
      fields: [
        'spec.securityContext.windowsOptions.runAsUserName',
        'spec.containers[*].securityContext.windowsOptions.runAsUserName',
      ],
      allowed: "every name but those listed, in any case; a container's own counts before the pod's",
      listed: [...windowsSystemUsers],
    },
  ],
  site: {},
  allow: {},
  find: { pod: (subject) => findEffective(heading, subject, userName) },
  permits: () => true,
} as const satisfies Check;
