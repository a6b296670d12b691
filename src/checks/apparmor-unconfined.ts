import { appArmorAnnotationPrefix } from '../facts/security-annotations.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Place } from './check.ts';
import { findEffective, type Inherited, type Problem, sound } from './effective.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'apparmor-unconfined', severity: 'medium' } as const;

const profile: Inherited<{ readonly type?: string | null }> = {
  read: (context) => context.appArmorProfile,
  problemsOf({ type }): readonly Problem[] {
    if (type === 'RuntimeDefault' || type === 'Localhost') return sound;
    return [
      {
        field: ['appArmorProfile', 'type'],
        words:
          type === 'Unconfined'
            ? 'runs without AppArmor'
            : `has an AppArmor profile of the type "${shown(type ?? '')}"`,
        value: type ?? '',
      },
    ];
  },
};

/** Tells of containers that AppArmor does not confine (Pod Security Standards, Baseline). */
export const apparmorUnconfined = {
  ...heading,
  title: 'Container is not confined by AppArmor',
  why:
    "The runtime's AppArmor profile forbids mounts, writing to /proc and /sys, and ptrace of what is outside. " +
    'Without it only the kernel decides. The old annotation counts as much as the field.',
  remedy:
    'Drop the profile or the annotation, or set appArmorProfile.type: RuntimeDefault; a rootless builder needs a ' +
    'Localhost profile at most.',
  gitlab:
    "Have `app_armor_profile` set to RuntimeDefault in the security contexts of the runner's config.toml " +
    '([runners.kubernetes]).',
  restricts: [
    {
      fields: ['spec.securityContext.appArmorProfile.type', 'spec.containers[*].securityContext.appArmorProfile.type'],
      allowed: "absent, RuntimeDefault, Localhost; a container's own counts before the pod's",
    },
    {
      fields: [`metadata.annotations[${appArmorAnnotationPrefix}*]`],
      allowed: 'absent, empty, runtime/default, localhost/*; also for a container that is not there',
    },
  ],
  site: {},
  allow: {},
  annotations: [`${appArmorAnnotationPrefix}*`],
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
  let containers: ReadonlySet<string> | undefined;
  for (const key in subject.annotations) {
    if (!key.startsWith(appArmorAnnotationPrefix)) continue;
    const value = subject.annotations[key] ?? '';
    if (value === '' || value === 'runtime/default' || value.startsWith('localhost/')) continue;
    containers ??= new Set(subject.containers.map(({ name }) => name));
    const isUnconfined = value === 'unconfined';
    const name = key.slice(appArmorAnnotationPrefix.length);
    // A finding in a container is old by its value alone, which must then tell the annotation's bytes.
    const place = isUnconfined && containers.has(name) ? { container: name, key } : { key };
    findings ??= [];
    findings.push(annotation(subject, place, isUnconfined));
  }
  return findings ?? none;
}

function annotation(subject: PodSubject, place: Place & { readonly key: string }, isUnconfined: boolean): Finding {
  const { key } = place;
  const words = isUnconfined
    ? `annotation ${shown(key)} takes the AppArmor profile away`
    : `annotation ${shown(key)} names no profile that Kubernetes knows`;
  const pointer = pointerTo(subject.metadataAt, 'annotations', key);
  return findingAt(heading, pointer, place, { words, value: isUnconfined ? 'annotation:unconfined' : 'annotation' });
}
