import { pointerTo } from '../kubernetes/pointer.ts';
import type { VolumeAt } from '../kubernetes/subject.ts';
import { type Check, none, type Parameter, type Shape } from './check.ts';
import { findingAt, findingOf, shown } from './findings.ts';
import { findSources } from './volume-source.ts';

const heading = { id: 'volume-plugin', severity: 'high' } as const;

/** Forbids volumes that make the node run a program as root. */
export const volumePlugin = {
  ...heading,
  title: 'Volume that runs a program on the node',
  why:
    'For a gitRepo volume the kubelet runs git as root on the node, and hooks of the repository with it ' +
    '(CVE-2024-10220). For a flexVolume it runs a driver as root, with options that the author of the pod wrote.',
  remedy:
    'Clone into an emptyDir with an init container; in place of a flexVolume use a PersistentVolumeClaim of a CSI ' +
    'driver.',
  restricts: [
    {
      fields: ['spec.volumes[*].{gitRepo,flexVolume}'],
      allowed: 'absent, and flexVolumes of the drivers of the allowance',
    },
    { kind: 'PersistentVolume', fields: ['spec.flexVolume'], allowed: 'the same' },
  ],
  site: {},
  allow: { drivers: { kind: 'names', description: 'Drivers of flexVolumes that may be used, such as azure/kv.' } },
  find: {
    pod(subject) {
      if (subject.volumes.length === 0) return none;
      return findSources(subject, (volume, source, kind) => {
        if (kind !== 'plugin') return undefined;
        const driver = driverOf(volume, source);
        const words = `is a ${source}${driver === '' ? '' : ` of the driver "${shown(driver)}"`}`;
        return findingOf(heading, volume, [source], { words, value: driver === '' ? source : `${source}:${driver}` });
      });
    },
    persistentVolume({ volume, specAt }) {
      const flexVolume = volume.spec?.flexVolume;
      if (flexVolume == null) return none;
      const driver = flexVolume.driver ?? '';
      const words = `the PersistentVolume is a flexVolume of the driver "${shown(driver)}"`;
      return [findingAt(heading, pointerTo(specAt, 'flexVolume'), {}, { words, value: `flexVolume:${driver}` })];
    },
  },
  permits: ({ value }, { drivers }) =>
    value.startsWith('flexVolume:') && drivers?.has(value.slice('flexVolume:'.length)) === true,
} as const satisfies Check<Shape, { drivers: Parameter<'names'> }>;

function driverOf(volume: VolumeAt, source: string): string {
  return source === 'flexVolume' ? (volume.value.flexVolume?.driver ?? '') : '';
}
