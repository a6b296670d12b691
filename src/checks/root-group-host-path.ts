import { type Check, none, type Parameter } from './check.ts';
import { findRootGroups, groupFields, listedGroups } from './root-groups.ts';

const heading = { id: 'root-group-host-path', severity: 'high' } as const;

/** Tells of groups that open files of the node, in a pod that has files of the node. */
export const rootGroupHostPath = {
  ...heading,
  title: 'Group of root or of an engine, beside a hostPath',
  why:
    'A process that is not root, with the group docker and a path to the socket, is root of the node; with the group ' +
    '0 it writes whatever the node lets that group write below the path. fsGroup does not change the files of a ' +
    'hostPath, and gives its group to the processes all the same.',
  remedy: 'Choose another group for runAsGroup, fsGroup and supplementalGroups, or drop the hostPath.',
  gitlab:
    "Have the group changed in the `pod_security_context` of the runner's config.toml, or the host_path volume " +
    'removed.',
  restricts: [
    {
      fields: groupFields,
      allowed: 'every id but those listed and those of the site; anything in a pod without a hostPath volume',
      listed: listedGroups,
    },
  ],
  site: { groups: { kind: 'names', description: "Further ids of groups of the site's nodes, each as a string." } },
  allow: { groups: { kind: 'names', description: 'Ids of groups that may be used, each as a string.' } },
  find: {
    pod(subject, { groups }) {
      for (const volume of subject.volumes) {
        if (volume.value.hostPath != null) return findRootGroups(heading, subject, groups);
      }
      return none;
    },
  },
  permits: ({ value }, { groups }) => groups?.has(value) === true,
} as const satisfies Check<{ groups: Parameter<'names'> }, { groups: Parameter<'names'> }>;
