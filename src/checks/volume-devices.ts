import { type Check, type Finding, none } from './check.ts';
import { findingIn, shown } from './findings.ts';

const heading = { id: 'volume-devices', severity: 'medium' } as const;

/** Tells of volumes that a container gets as a raw block device. */
export const volumeDevices = {
  ...heading,
  title: 'Volume as a raw block device',
  why:
    'A PersistentVolume of volumeMode Block may be any disk of the node: with local.path /dev/sda the container ' +
    'reads and writes the root disk, whatever file permissions say. File systems on a device that the container can ' +
    'write to are also parsed by the kernel of the node.',
  remedy: 'Use a volume with a file system (volumeMode: Filesystem) and volumeMounts.',
  restricts: [{ fields: ['spec.containers[*].volumeDevices[*]'], allowed: 'absent' }],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const devices = container.value.volumeDevices;
        if (devices == null) continue;
        for (let index = 0; index < devices.length; index++) {
          const volume = devices[index]?.name ?? '';
          const finding = findingIn(heading, container, ['volumeDevices', index], {
            words: `has the volume "${shown(volume)}" as a block device`,
            value: 'device',
          });
          findings ??= [];
          findings.push({ ...finding, place: { container: container.name, volume } });
        }
      }
      return findings ?? none;
    },
  },
  permits: () => true,
} as const satisfies Check;
