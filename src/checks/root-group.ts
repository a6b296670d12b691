import type { Check, Parameter } from './check.ts';
import { findRootGroups, groupFields, listedGroups } from './root-groups.ts';

const heading = { id: 'root-group', severity: 'low' } as const;

/** Tells of groups that open files of the node, or the socket of an engine, to a process that is not root. */
export const rootGroup = {
  ...heading,
  title: 'Group of root or of an engine',
  why:
    'A user of the group docker is root wherever the socket of Docker is, and many files of a node are writable for ' +
    'the group 0. Without a path of the node in the pod it takes another hole to use the group.',
  remedy: 'Choose another group for runAsGroup, fsGroup and supplementalGroups.',
  gitlab:
    "Have `run_as_group`, `fs_group` and `supplemental_groups` changed in the `pod_security_context` of the runner's " +
    'config.toml.',
  restricts: [
    { fields: groupFields, allowed: 'every id but those listed and those of the site', listed: listedGroups },
  ],
  site: { groups: { kind: 'names', description: "Further ids of groups of the site's nodes, each as a string." } },
  allow: { groups: { kind: 'names', description: 'Ids of groups that may be used, each as a string.' } },
  find: { pod: (subject, { groups }) => findRootGroups(heading, subject, groups) },
  permits: ({ value }, { groups }) => groups?.has(value) === true,
} as const satisfies Check<{ groups: Parameter<'names'> }, { groups: Parameter<'names'> }>;
