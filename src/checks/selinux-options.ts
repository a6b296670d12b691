import { confinedSeLinuxTypes } from '../facts/selinux.ts';
import type { Check, Parameter, Shape } from './check.ts';
import { findEffective, type Inherited, type Problem, sound } from './effective.ts';
import { shown } from './findings.ts';

const heading = { id: 'selinux-options', severity: 'high' } as const;

interface Options {
  readonly type?: string | null;
  readonly user?: string | null;
  readonly role?: string | null;
}

const options: Inherited<Options> = {
  read: (context) => context.seLinuxOptions,
  problemsOf({ type, user, role }) {
    const isConfined = confinedSeLinuxTypes.has(type ?? '');
    if (isConfined && !user && !role) return sound;
    const problems: Problem[] = [];
    if (!isConfined) problems.push(problemOf('type', type ?? ''));
    if (user) problems.push(problemOf('user', user));
    if (role) problems.push(problemOf('role', role));
    return problems;
  },
};

/** Forbids SELinux contexts that do not confine a container (Pod Security Standards, Baseline). */
export const selinuxOptions = {
  ...heading,
  title: 'SELinux context that does not confine',
  why:
    'On nodes with SELinux the type is what keeps a container from the files of the node: spc_t or ' +
    'container_runtime_t take that away, and a user or a role of its own opens types that containers do not have.',
  remedy: 'Drop seLinuxOptions, or keep to container_t, container_init_t, container_kvm_t or container_engine_t.',
  gitlab: "Have `selinux_type` removed from the security contexts of the runner's config.toml ([runners.kubernetes]).",
  restricts: [
    {
      fields: ['spec.securityContext.seLinuxOptions.type', 'spec.containers[*].securityContext.seLinuxOptions.type'],
      allowed: "absent, empty, and those listed; a container's own counts before the pod's",
      listed: [...confinedSeLinuxTypes].filter((type) => type !== ''),
    },
    {
      fields: [
        'spec.securityContext.seLinuxOptions.{user,role}',
        'spec.containers[*].securityContext.seLinuxOptions.{user,role}',
      ],
      allowed: 'absent, empty',
    },
  ],
  site: {},
  allow: {
    types: { kind: 'names', description: 'SELinux types that may be used.' },
    users: { kind: 'names', description: 'SELinux users that may be used.' },
    roles: { kind: 'names', description: 'SELinux roles that may be used.' },
  },
  find: { pod: (subject) => findEffective(heading, subject, options) },
  permits: ({ value }, { types, users, roles }) => {
    const colon = value.indexOf(':');
    const allowed = { type: types, user: users, role: roles }[value.slice(0, colon) as 'type' | 'user' | 'role'];
    return allowed?.has(value.slice(colon + 1)) === true;
  },
} as const satisfies Check<Shape, { types: Parameter<'names'>; users: Parameter<'names'>; roles: Parameter<'names'> }>;

function problemOf(field: 'type' | 'user' | 'role', name: string): Problem {
  return {
    field: ['seLinuxOptions', field],
    words: `has the SELinux ${field} "${shown(name)}"`,
    value: `${field}:${name}`,
  };
}
