import { seccompAnnotations } from '../facts/security-annotations.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none } from './check.ts';
import { findEffective, type Inherited, type Problem, sound } from './effective.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'seccomp-unconfined', severity: 'medium' } as const;

const profile: Inherited<{ readonly type?: string | null }> = {
  read: (context) => context.seccompProfile,
  problemsOf({ type }): readonly Problem[] {
    if (type === 'RuntimeDefault' || type === 'Localhost') return sound;
    return [
      {
        field: ['seccompProfile', 'type'],
        words:
          type === 'Unconfined' ? 'runs without seccomp' : `has a seccomp profile of the type "${shown(type ?? '')}"`,
        value: type ?? '',
      },
    ];
  },
};

/**
 * Tells of containers whose system calls are not filtered, or filtered as the pod's author likes (Pod Security
 * Standards, Baseline).
 */
export const seccompUnconfined = {
  ...heading,
  title: 'System calls are not filtered by seccomp',
  why:
    'Seccomp keeps system calls away from the kernel that a build never needs and that most escapes go through: ' +
    'mount, unshare, bpf, keyctl. Unconfined takes all of it away. On CRI-O an annotation does the same, with a ' +
    'profile from any registry, wherever the profile is left out.',
  remedy:
    'Drop the profile or set seccompProfile.type: RuntimeDefault; a rootless builder needs a Localhost profile at ' +
    'most.',
  gitlab:
    "Have `seccomp_profile` set to RuntimeDefault in the security contexts of the runner's config.toml " +
    '([runners.kubernetes]).',
  restricts: [
    {
      fields: ['spec.securityContext.seccompProfile.type', 'spec.containers[*].securityContext.seccompProfile.type'],
      allowed: "absent, RuntimeDefault, Localhost; a container's own counts before the pod's",
    },
    {
      fields: ['metadata.annotations[*]'],
      allowed: 'every key but those listed, alone or with a slash and a name behind them',
      listed: seccompAnnotations,
    },
  ],
  site: {},
  allow: {},
  annotations: seccompAnnotations.flatMap((key) => [key, `${key}/*`]),
  find: {
    pod(subject) {
      const findings = findEffective(heading, subject, profile);
      const annotated = findAnnotations(subject);
      return annotated.length === 0 ? findings : [...findings, ...annotated];
    },
  },
  permits: () => true,
} as const satisfies Check;

function findAnnotations(subject: PodSubject): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const key in subject.annotations) {
    if (!key.startsWith('seccomp-profile.')) continue;
    const slash = key.indexOf('/');
    if (!seccompAnnotations.includes(slash === -1 ? key : key.slice(0, slash))) continue;
    findings ??= [];
    const words = `annotation ${shown(key)} makes CRI-O take a seccomp profile from a registry`;
    const pointer = pointerTo(subject.metadataAt, 'annotations', key);
    findings.push(findingAt(heading, pointer, { key }, { words, value: 'annotation' }));
  }
  return findings ?? none;
}
