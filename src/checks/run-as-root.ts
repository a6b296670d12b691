import { pointerTo } from '../kubernetes/pointer.ts';
import type { ContainerAt, PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none } from './check.ts';
import { findEffective, type Inherited, type Problem, sound } from './effective.ts';
import { findingAt, findingIn } from './findings.ts';

const heading = { id: 'run-as-root', severity: 'medium' } as const;

const user: Inherited<number> = {
  read: (context) => context.runAsUser,
  problemsOf: (uid) => (uid === 0 ? isRoot : sound),
};

const isRoot: readonly Problem[] = [{ field: ['runAsUser'], words: 'runs as root (runAsUser: 0)', value: 'uid:0' }];

/**
 * Forbids containers that run as root, or that their image may make run as root (Pod Security Standards, Restricted).
 *
 * More than the effective user: a user other than 0 without runAsNonRoot: true is found, as the standards have it.
 */
export const runAsRoot = {
  ...heading,
  title: 'Container may run as root',
  why:
    'Root in a container is root of the node as soon as anything lets it out: a bug of the kernel, a mount, a ' +
    'socket. Without runAsNonRoot: true the image decides, and most images say root.',
  remedy: 'Set runAsNonRoot: true and a runAsUser other than 0, or run the pod in a user namespace (hostUsers: false).',
  gitlab:
    "Have `run_as_non_root = true` and a `run_as_user` set in the `pod_security_context` of the runner's " +
    'config.toml, and use images whose user is not root.',
  restricts: [
    {
      fields: ['spec.securityContext.runAsNonRoot', 'spec.containers[*].securityContext.runAsNonRoot'],
      allowed: 'true, on the container or on the pod; anything with spec.hostUsers: false',
    },
    {
      fields: ['spec.securityContext.runAsUser', 'spec.containers[*].securityContext.runAsUser'],
      allowed: 'absent, and every user but 0; anything with spec.hostUsers: false',
    },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      if (subject.spec.hostUsers === false) return none;
      const roots = findEffective(heading, subject, user);
      const unproven = findUnproven(subject, roots);
      return unproven.length === 0 ? roots : [...roots, ...unproven];
    },
  },
  permits: () => true,
} as const satisfies Check;

/** The pod's own finding is in no container. */
const nobody: ReadonlySet<string | undefined> = new Set();

/** Containers without an effective runAsNonRoot: true, but for those that are known to be root. */
function findUnproven(subject: PodSubject, roots: readonly Finding[]): readonly Finding[] {
  const pod = subject.spec.securityContext?.runAsNonRoot;
  const known = roots.length === 0 ? nobody : new Set(roots.map(({ place }) => place.container));
  let isInherited = false;
  let findings: Finding[] | undefined;
  for (const container of subject.containers) {
    const own = container.value.securityContext?.runAsNonRoot;
    if (own == null) isInherited = true;
    if ((own ?? pod) === true) continue;
    if (known.has(container.name)) continue;
    findings ??= [];
    findings.push(unproven(subject, container, own == null && pod === false));
  }
  // An ephemeral container could still inherit it.
  if (pod === false && !isInherited && !known.has(undefined)) {
    findings ??= [];
    const told = { words: 'the pod need not run as a user other than root', value: 'nonroot:false' };
    findings.push(findingAt(heading, pointerTo(subject.specAt, 'securityContext', 'runAsNonRoot'), {}, told));
  }
  return findings ?? none;
}

function unproven(subject: PodSubject, container: ContainerAt, isPods: boolean): Finding {
  const isFalse = isPods || container.value.securityContext?.runAsNonRoot === false;
  const finding = findingIn(heading, container, ['securityContext', 'runAsNonRoot'], {
    words: isFalse ? 'need not run as a user other than root' : 'does not say that it runs as a user other than root',
    value: isFalse ? 'nonroot:false' : 'nonroot:unset',
  });
  return isPods ? { ...finding, pointer: pointerTo(subject.specAt, 'securityContext', 'runAsNonRoot') } : finding;
}
