import { printableImage } from '../matching/image.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingOf } from './findings.ts';

const heading = { id: 'image-volume', severity: 'low' } as const;

/** Tells of volumes that are images (KEP-4639). */
export const imageVolume = {
  ...heading,
  title: 'Image as a volume',
  why:
    'An image volume brings programs into a container whose own image does not have them: a client of an engine, or ' +
    'nsenter. Checks of images read it as they read the image of a container; this one is for sites that want none.',
  remedy: 'Build what is needed into the image of the container, or use a PersistentVolumeClaim or a configMap.',
  restricts: [{ fields: ['spec.volumes[*].image.reference'], allowed: 'absent, and those of the allowance' }],
  site: {},
  allow: { images: { kind: 'images', description: 'Repositories of images that may be volumes.' } },
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const volume of subject.volumes) {
        const image = volume.value.image;
        if (image == null) continue;
        const reference = printableImage(image.reference ?? '');
        findings ??= [];
        findings.push(
          findingOf(heading, volume, ['image', 'reference'], {
            words: reference === '' ? 'is an image without a reference' : `is the image ${reference}`,
            value: reference,
          }),
        );
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { images }) => images?.(value) === true,
} as const satisfies Check<Shape, { images: Parameter<'images'> }>;
