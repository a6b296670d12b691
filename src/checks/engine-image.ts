import { isImage } from '../matching/image.ts';
import type { Check, Finding, Shape } from './check.ts';
import { findImages, type ImageUse, imageFields, repositoriesOf } from './image-roles.ts';

/** Tells of images of container engines and their clients, and of images whose reference cannot be read. */
export const engineImage = {
  id: 'engine-image',
  title: 'Image of a container engine or its client',
  severity: 'low',
  why:
    'An engine, or the client of one, is of use only with privilege or with the socket of an engine, and those are what ' +
    'makes a pod dangerous: here they will be missing. Builders that do without are not meant. A reference that cannot ' +
    'be read tells nothing about the image, and no node will pull it.',
  remedy: 'Use a builder image that needs no engine: BuildKit rootless, Buildah, kaniko, ko or jib.',
  gitlab:
    'Set the `image:` of the job in .gitlab-ci.yml to a builder that needs no engine: BuildKit rootless, Buildah, ' +
    'kaniko, ko or jib.',
  restricts: [
    {
      fields: imageFields,
      allowed:
        'every image but those listed, in any registry and behind any mirror, any repository named docker or below ' +
        'one named dind, and references that cannot be read; the rootless images of BuildKit are allowed by their tag, ' +
        'beside which no digest stands, and what dind-image finds is left to it',
      listed: repositoriesOf('engine'),
    },
  ],
  site: {},
  allow: {
    images: { kind: 'images', description: 'Repositories of engine images that may be used.' },
  },
  find: {
    pod(subject): readonly Finding[] {
      return findImages(subject, engineImage, wordsFor);
    },
  },
  permits: ({ value }, { images }) => images?.(value) === true,
} as const satisfies Check<Shape, { images: { kind: 'images'; description: string } }>;

function wordsFor(image: string, use: ImageUse): string | undefined {
  if (!isImage(image)) return 'an image whose reference cannot be read,';
  return use === 'engine' ? 'the container engine image' : undefined;
}
