import type { Check } from './check.ts';
import { findHostPaths, permitsHostPath } from './host-path-findings.ts';

const heading = { id: 'host-path-unlisted', severity: 'medium' } as const;

/** Forbids any other hostPath volume: one that reaches no place of an engine and no protected one. */
export const hostPathUnlisted = {
  ...heading,
  title: 'Host path that nobody has allowed is mounted',
  why:
    'The container runtime follows a link that it finds at a hostPath, on the node: whoever can write to one harmless ' +
    'folder places a link to any other there, and a second pod mounts that. No list of bad paths is therefore enough; a ' +
    'path that is not allowed is denied.',
  remedy: 'Drop the volume; use an emptyDir or a PersistentVolumeClaim, or ask the platform team to allow the path.',
  gitlab:
    'Use GitLab cache or artifacts, or an empty_dir or pvc volume of the runner; a host_path volume must be allowed by ' +
    'the platform team.',
  restricts: [
    {
      fields: ['spec.volumes[*].hostPath.path'],
      allowed:
        'absent, and the paths of the allowance; what engine-socket-mount and host-path-protected find is left ' +
        'to them',
    },
  ],
  site: {},
  allow: {
    paths: { kind: 'allowedPaths', description: 'Host paths that may be mounted.' },
  },
  find: {
    pod(subject) {
      return findHostPaths(subject, heading, (at, volume) => {
        if (volume === undefined || volume.socketTypeAt !== undefined) return undefined;
        if (at.path.kind === 'unreadable' || at.engine !== undefined || at.node !== undefined) return undefined;
        return { words: ' of the node, which is not an allowed path' };
      });
    },
  },
  permits: permitsHostPath,
} as const satisfies Check<Record<never, never>, { paths: { kind: 'allowedPaths'; description: string } }>;
