import { volumeSources } from '../facts/volume-sources.ts';
import type { VolumeAt } from '../kubernetes/subject.ts';
import { type Check, none, type Parameter } from './check.ts';
import { findingOf, shown } from './findings.ts';
import { findSources } from './volume-source.ts';

const heading = { id: 'volume-plugin-remote', severity: 'medium' } as const;

const remoteSources = [...volumeSources].flatMap(([name, kind]) => (kind === 'remote' ? [name] : []));

/**
 * Tells of volumes that the node mounts from where the pod's author says, and of inline CSI volumes where the site asks
 * for it (Pod Security Standards, Restricted: volume types).
 */
export const volumePluginRemote = {
  ...heading,
  title: 'Volume of a remote system that the pod names itself',
  why:
    'The node mounts, as root and from its own network, a server and a path that the author of the pod wrote: ' +
    "another tenant's export, one of 127.0.0.1, or a file system made to break the kernel. A PersistentVolume is " +
    'made by those who run the cluster. The in-tree plugins are also deprecated. An inline CSI volume is as safe as ' +
    'its driver.',
  remedy: 'Use a PersistentVolumeClaim.',
  gitlab:
    "Have the nfs or csi volume replaced by a pvc volume in the runner's config.toml ([runners.kubernetes.volumes]).",
  restricts: [
    { fields: [`spec.volumes[*].{${remoteSources.join(',')}}`], allowed: 'absent' },
    { fields: ['spec.volumes[*].csi'], allowed: 'anything, unless the site looks for it with types: [csi]' },
  ],
  site: {
    types: {
      kind: 'names',
      description: 'Further types of volume that are looked for: csi finds inline CSI volumes.',
    },
  },
  allow: {
    types: { kind: 'names', description: 'Types of volume that may be used, such as nfs.' },
    csiDrivers: { kind: 'names', description: 'Drivers of inline CSI volumes that may be used.' },
  },
  find: {
    pod(subject, { types }) {
      if (subject.volumes.length === 0) return none;
      return findSources(subject, (volume, source, kind) => {
        if (kind !== 'remote' && types?.has(source) !== true) return undefined;
        const driver = driverOf(volume, source);
        const words = `is of the type ${shown(source)}${driver === '' ? '' : `, of the driver "${shown(driver)}"`}`;
        return findingOf(heading, volume, [source], { words, value: driver === '' ? source : `${source}:${driver}` });
      });
    },
  },
  permits: ({ value }, { types, csiDrivers }) => {
    const colon = value.indexOf(':');
    if (types?.has(colon === -1 ? value : value.slice(0, colon)) === true) return true;
    return value.startsWith('csi:') && csiDrivers?.has(value.slice('csi:'.length)) === true;
  },
} as const satisfies Check<
  { types: Parameter<'names'> },
  { types: Parameter<'names'>; csiDrivers: Parameter<'names'> }
>;

function driverOf(volume: VolumeAt, source: string): string {
  return source === 'csi' ? (volume.value.csi?.driver ?? '') : '';
}
