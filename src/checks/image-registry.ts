import { parseImage, printableImage } from '../matching/image.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingIn, findingOf, type Told } from './findings.ts';
import { imageFields } from './image-roles.ts';

const heading = { id: 'image-registry', severity: 'medium' } as const;

/** Allows only images of listed registries and repositories, where wanted only with a digest. */
export const imageRegistry = {
  ...heading,
  title: 'Image that is not on the list of registries',
  why:
    'Whoever owns a registry decides what runs: a public one serves whatever was pushed under a name, and a tag is ' +
    'moved to another image without a trace. Signatures are better left to a policy controller that verifies them.',
  remedy: 'Use an image of a registry that this namespace may use, with its digest where that is asked for.',
  gitlab:
    'Use images of an allowed registry in `image:` and `services:` of .gitlab-ci.yml, for instance by way of the ' +
    'dependency proxy.',
  restricts: [{ fields: imageFields, allowed: 'those of the allowance; absent, as templates may have it' }],
  site: {},
  allow: {
    images: { kind: 'images', description: 'Repositories whose images may be used, with or without a digest.' },
    digested: { kind: 'images', description: 'Repositories whose images may be used with a digest.' },
  },
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const image = container.value.image;
        if (!image) continue;
        findings ??= [];
        findings.push(findingIn(heading, container, ['image'], told(image)));
      }
      for (const volume of subject.volumes) {
        const image = volume.value.image?.reference;
        if (!image) continue;
        findings ??= [];
        findings.push(findingOf(heading, volume, ['image', 'reference'], told(image)));
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { images, digested }) => {
    if (images?.(value) === true) return true;
    return digested?.(value) === true && parseImage(value)?.digest !== undefined;
  },
} as const satisfies Check<Shape, { images: Parameter<'images'>; digested: Parameter<'images'> }>;

function told(image: string): Told {
  const value = printableImage(image);
  const digest = value.includes('@') ? '' : ', without a digest';
  return { words: `uses the image ${value}${digest}, which is not on the list of its namespace`, value };
}
