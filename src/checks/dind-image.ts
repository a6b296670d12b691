import type { Check, Finding } from './check.ts';
import { findImages, imageFields, repositoriesOf } from './image-roles.ts';

/** Forbids images of docker-in-docker. */
export const dindImage = {
  id: 'dind-image',
  title: 'Image of docker-in-docker',
  severity: 'high',
  why:
    'A Docker daemon in a pod needs power over the node to work, and hands it to whoever can talk to the daemon. The ' +
    'image is how docker-in-docker comes into a pod: as a service of a job, a sidecar, an init container that stays, ' +
    'or a volume. A renamed image is not known by its name, so this check explains; what bounds a pod are the checks ' +
    'of privilege, of sockets and of host paths.',
  remedy: 'Remove the docker-in-docker container, and build with a rootless builder image or with kaniko.',
  gitlab:
    'Remove `docker:dind` from `services:` in .gitlab-ci.yml, and build in a job whose `image:` is a rootless builder: ' +
    'BuildKit rootless, Buildah or kaniko.',
  restricts: [
    {
      fields: imageFields,
      allowed:
        'every image but those with dind or docker-in-docker in the tag or in the last component of the repository, ' +
        'the official docker image where its daemon is what starts, those listed, and those of the site; in any ' +
        'registry and behind any mirror',
      listed: repositoriesOf('daemon'),
    },
  ],
  site: {
    images: { kind: 'images', description: "The site's own images of container engines, by repository." },
  },
  allow: {
    images: { kind: 'images', description: 'Repositories of docker-in-docker images that may be used.' },
  },
  find: {
    pod(subject, { images }): readonly Finding[] {
      return findImages(subject, dindImage, (image, use) =>
        use === 'daemon' || images?.(image) === true ? 'the docker-in-docker image' : undefined,
      );
    },
  },
  permits: ({ value }, { images }) => images?.(value) === true,
} as const satisfies Check<
  { images: { kind: 'images'; description: string } },
  { images: { kind: 'images'; description: string } }
>;
