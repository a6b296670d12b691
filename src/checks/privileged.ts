import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none } from './check.ts';

/** Forbids privileged containers. */
export const privileged = {
  id: 'privileged',
  title: 'Privileged container',
  severity: 'critical',
  why:
    'A privileged container has every capability, every device of the node, and neither seccomp nor AppArmor: it mounts ' +
    "the node's disk and is root there. It is what docker-in-docker asks for, and what building an image does not need.",
  remedy: 'Remove privileged: true, and build with a rootless builder image or with kaniko.',
  gitlab:
    "Have `privileged = false` set in the runner's config.toml ([runners.kubernetes]), remove `docker:dind` from " +
    '`services:` in .gitlab-ci.yml, and build with a rootless builder image, with `mount-fuse: "true"` in the pod_labels ' +
    'of the runner where it needs /dev/fuse.',
  restricts: [{ fields: ['spec.containers[*].securityContext.privileged'], allowed: 'absent, false' }],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        if (container.value.securityContext?.privileged !== true) continue;
        findings ??= [];
        findings.push({
          check: 'privileged',
          severity: 'critical',
          pointer: pointerTo(container.at, 'securityContext', 'privileged'),
          place: { container: container.name },
          message: `container "${container.name}" is privileged`,
          value: 'true',
        });
      }
      return findings ?? none;
    },
  },
  permits: () => true,
} as const satisfies Check;
