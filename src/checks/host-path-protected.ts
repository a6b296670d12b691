import { nodePlaces } from '../facts/node-paths.ts';
import type { Check } from './check.ts';
import { findHostPaths, hostPathFields, permitsHostPath, reachWords } from './host-path-findings.ts';

const heading = { id: 'host-path-protected', severity: 'high' } as const;

/**
 * Forbids a hostPath volume in, equal to or above a tree from which the node itself is taken over, and any path that
 * cannot be read.
 */
export const hostPathProtected = {
  ...heading,
  title: 'Protected path of the node is mounted',
  why:
    'Static pod manifests, systemd units, cron jobs, network plugins, devices, /proc and the tokens of other pods each ' +
    'make root on the node, without any engine. A path counts under every name that a node may know it by, and a path ' +
    'that cannot be read with certainty counts as protected.',
  remedy: 'Drop the volume; use an emptyDir, a configMap or a PersistentVolumeClaim, and a device plugin for a device.',
  gitlab:
    'Ask for the host_path volume to be dropped from the runner (config.toml, runners.kubernetes.volumes), and use ' +
    'GitLab cache or artifacts, or an empty_dir or pvc volume.',
  restricts: [
    {
      fields: hostPathFields,
      allowed:
        'every path but those listed and those of the site, and the folders above and below them; a path counts ' +
        'under all the names that a node may know it by, and has no .. segment and no control character',
      listed: nodePlaces.flatMap(({ paths }) => paths),
    },
  ],
  site: {
    paths: {
      kind: 'hostPaths',
      description: 'Further paths of the site that are protected, each with what is below it.',
    },
  },
  allow: {
    paths: { kind: 'allowedPaths', description: 'Protected host paths that may be mounted.' },
  },
  find: {
    pod(subject, { paths }) {
      return findHostPaths(subject, heading, (at) => {
        if (at.path.kind === 'unreadable') return { words: `, which ${at.path.problem}` };
        if (at.node !== undefined) return { words: reachWords(at, at.node, at.node.what), remedy: at.node.remedy };
        const site = paths?.find(at.path);
        return site === undefined ? undefined : { words: reachWords(at, site, 'a protected path of this site') };
      });
    },
  },
  permits: permitsHostPath,
} as const satisfies Check<
  { paths: { kind: 'hostPaths'; description: string } },
  { paths: { kind: 'allowedPaths'; description: string } }
>;
