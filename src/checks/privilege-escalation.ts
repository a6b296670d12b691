import { isWindows } from '../kubernetes/platform.ts';
import { type Check, type Finding, none } from './check.ts';
import { findingIn } from './findings.ts';

const heading = { id: 'privilege-escalation', severity: 'medium' } as const;

/** Forbids that a process gains more privilege than its parent has (Pod Security Standards, Restricted). */
export const privilegeEscalation = {
  ...heading,
  title: 'Processes may gain privileges',
  why:
    'Unless allowPrivilegeEscalation is false, a set-user-ID program or file capabilities make root of any user of ' +
    'the container (no_new_privs is not set). Left out, it is true.',
  remedy: 'Set allowPrivilegeEscalation: false in the securityContext of the container.',
  gitlab: "Have `allow_privilege_escalation = false` set in the runner's config.toml ([runners.kubernetes]).",
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.allowPrivilegeEscalation'],
      allowed: 'false; anything in a Windows pod, where it cannot be set',
    },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const allowed = container.value.securityContext?.allowPrivilegeEscalation;
        if (allowed === false) continue;
        if (isWindows(subject)) return none;
        findings ??= [];
        findings.push(
          findingIn(heading, container, ['securityContext', 'allowPrivilegeEscalation'], {
            words: `${allowed === true ? 'allows' : 'does not forbid'} privilege escalation`,
            value: allowed === true ? 'true' : 'unset',
          }),
        );
      }
      return findings ?? none;
    },
  },
  permits: () => true,
} as const satisfies Check;
