import {
  persistentVolumeSettings,
  persistentVolumeSources,
  projectionSources,
  volumeSources,
} from '../facts/volume-sources.ts';
import type { PersistentVolumeSubject } from '../kubernetes/objects.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { isObject } from '../kubernetes/shape.ts';
import type { VolumeAt } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingAt, findingOf, shown } from './findings.ts';
import { findSources } from './volume-source.ts';

const heading = { id: 'unknown-volume-source', severity: 'medium' } as const;

/** Tells of volumes of a kind that this version does not know. */
export const unknownVolumeSource = {
  ...heading,
  title: 'Volume of an unknown kind',
  why:
    'A Kubernetes release may bring a volume source that opens the node. A check that does not know it would admit ' +
    'it, so where only what is known to be safe may pass, what is not known is denied.',
  remedy: 'Update Pratique, or allow the source by its name once it is known to be safe.',
  restricts: [
    {
      fields: ['spec.volumes[*].*'],
      allowed: 'those listed, which are the sources of Kubernetes 1.37, and those of the allowance',
      listed: [...volumeSources.keys()],
    },
    { fields: ['spec.volumes[*].projected.sources[*].*'], allowed: 'the same', listed: [...projectionSources] },
    {
      kind: 'PersistentVolume',
      fields: ['spec.*'],
      allowed: 'the same, and whatever is no object: every source is one',
      listed: [...persistentVolumeSources, ...persistentVolumeSettings],
    },
  ],
  site: {},
  allow: {
    sources: { kind: 'names', description: 'Volume sources that are known here; a projected one as projected.<name>.' },
  },
  find: {
    pod(subject) {
      if (subject.volumes.length === 0) return none;
      const volumes = findSources(subject, (volume, source, kind) =>
        kind === 'unknown' ? unknown(volume, [source], source) : undefined,
      );
      const projections = findProjections(subject.volumes);
      return projections.length === 0 ? volumes : [...volumes, ...projections];
    },
    persistentVolume: findUnknownFields,
  },
  permits: ({ value }, { sources }) => sources?.has(value) === true,
} as const satisfies Check<Shape, { sources: Parameter<'names'> }>;

function findProjections(volumes: readonly VolumeAt[]): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const volume of volumes) {
    const sources = volume.value.projected?.sources;
    if (sources == null) continue;
    for (let index = 0; index < sources.length; index++) {
      const projection = sources[index] as Readonly<Record<string, unknown>>;
      for (const source in projection) {
        if (projection[source] == null || projectionSources.has(source)) continue;
        findings ??= [];
        findings.push(unknown(volume, ['projected', 'sources', index, source], `projected.${source}`));
      }
    }
  }
  return findings ?? none;
}

function findUnknownFields({ volume, specAt }: PersistentVolumeSubject): readonly Finding[] {
  return Object.entries(volume.spec ?? {}).flatMap(([name, value]) => {
    if (!isObject(value) || persistentVolumeSources.has(name) || persistentVolumeSettings.has(name)) return [];
    const words = `the PersistentVolume ${unknownWords(name)}`;
    return [findingAt(heading, pointerTo(specAt, name), {}, { words, value: name })];
  });
}

function unknown(volume: VolumeAt, field: readonly (string | number)[], source: string): Finding {
  return findingOf(heading, volume, field, { words: unknownWords(source), value: source });
}

function unknownWords(source: string): string {
  return `has the source ${shown(source)}, which this version of Pratique does not know`;
}
