import { enginePlaces, engineSocketNames } from '../facts/host-paths.ts';
import { canonicalHostPath } from '../matching/host-path.ts';
import type { Check } from './check.ts';
import { findHostPaths, hostPathFields, permitsHostPath, reachWords } from './host-path-findings.ts';
import { engineHit } from './host-path-mounts.ts';

const heading = { id: 'engine-socket-mount', severity: 'critical' } as const;

const listed = [...enginePlaces.flatMap(({ paths }) => paths), ...engineSocketNames.map((name) => `**/${name}`)];

/** Forbids a hostPath volume that is, holds or lies inside of a container engine's socket, state or data. */
export const engineSocketMount = {
  ...heading,
  title: 'Socket or state of a container engine is mounted',
  why:
    "Whoever reaches the socket of the node's container engine starts a privileged container on the node, and is root " +
    'there; the same holds for the folders above it, and for the state and the data of an engine. Mounting it read-only ' +
    'changes nothing. The path counts under every name that a node may know it by.',
  remedy:
    'Drop the volume, and build with an engine of your own: rootless BuildKit, Buildah or Kaniko need nothing of the node.',
  gitlab:
    'Ask for the host_path volume to be dropped from the runner (config.toml, runners.kubernetes.volumes), and build ' +
    'with rootless BuildKit, Buildah or Kaniko.',
  restricts: [
    {
      fields: hostPathFields,
      allowed:
        'every path but those listed and those of the site, and the folders above and below them; a path counts ' +
        'under all the names that a node may know it by',
      listed,
    },
    { fields: ['spec.volumes[*].hostPath.type'], allowed: 'every type but Socket' },
  ],
  site: {
    engineRoots: {
      kind: 'hostPaths',
      description:
        'Paths of the site where an engine has its sockets, state or data, such as a data root that was moved.',
    },
  },
  allow: {
    paths: { kind: 'allowedPaths', description: 'Host paths of an engine that may be mounted.' },
  },
  find: {
    pod(subject, { engineRoots }) {
      return findHostPaths(subject, heading, (at, volume) => {
        if (at.path.kind === 'unreadable') return undefined;
        if (at.engine !== undefined) return { words: reachWords(at, at.engine, at.engine.what) };
        const site = engineRoots?.find(at.path);
        if (site !== undefined) return { words: reachWords(at, site, 'a place of an engine of this site') };
        if (volume?.socketTypeAt === undefined) return undefined;
        return { words: ', a socket of the node by its type', pointer: volume.socketTypeAt };
      });
    },
  },
  permits: permitsHostPath,
} as const satisfies Check<
  { engineRoots: { kind: 'hostPaths'; description: string } },
  { paths: { kind: 'allowedPaths'; description: string } }
>;

/**
 * Names the place of an engine that a path is, or is above of; undefined for others and for an unreadable path.
 *
 * For a configuration: an allowance of such a path is only right under this check.
 */
export function engineReachedBy(path: string): string | undefined {
  const canonical = canonicalHostPath(path);
  if (canonical.kind === 'unreadable') return undefined;
  const hit = engineHit(canonical);
  return hit === undefined || hit.reach === 'inside' ? undefined : hit.place;
}
