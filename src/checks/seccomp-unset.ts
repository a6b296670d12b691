import { isWindows } from '../kubernetes/platform.ts';
import { type Check, type Finding, none } from './check.ts';
import { findingIn } from './findings.ts';

const heading = { id: 'seccomp-unset', severity: 'low' } as const;

/** Requires a seccomp profile (Pod Security Standards, Restricted); which one, says seccomp-unconfined. */
export const seccompUnset = {
  ...heading,
  title: 'No seccomp profile is set',
  why:
    'Without a profile a container runs Unconfined, unless the kubelet of its node was started with seccompDefault: ' +
    'whether system calls are filtered then differs from node to node.',
  remedy: 'Set seccompProfile.type: RuntimeDefault in the securityContext of the pod.',
  gitlab: "Have `seccomp_profile` set to RuntimeDefault in the `pod_security_context` of the runner's config.toml.",
  restricts: [
    {
      fields: ['spec.containers[*].securityContext.seccompProfile'],
      allowed:
        'present, here or as spec.securityContext.seccompProfile; anything in a Windows pod, where it cannot be ' +
        'set',
    },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      if (subject.spec.securityContext?.seccompProfile != null) return none;
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        if (container.value.securityContext?.seccompProfile != null) continue;
        if (isWindows(subject)) return none;
        findings ??= [];
        findings.push(
          findingIn(heading, container, ['securityContext', 'seccompProfile'], {
            words: 'has no seccomp profile, and neither has the pod',
            value: 'unset',
          }),
        );
      }
      return findings ?? none;
    },
  },
  permits: () => true,
} as const satisfies Check;
