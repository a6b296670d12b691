import { knownImages } from '../facts/images.ts';
import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import type { Container, PodSubject } from '../kubernetes/subject.ts';
import { printableImage } from '../matching/image.ts';
import { compileImageRoles, type ImageRole, type KnownImage } from '../matching/image-role.ts';
import { expander } from '../matching/variables.ts';
import { type Finding, none, type Place, type Severity } from './check.ts';

/** What an image does where it is: the daemon of an engine runs or is brought along, or an engine is there to be used. */
export type ImageUse = 'daemon' | 'engine' | undefined;

/** The fields that hold an image. */
export const imageFields: readonly string[] = ['spec.containers[*].image', 'spec.volumes[*].image.reference'];

/** The repositories of known images, in any registry. */
export function repositoriesOf(role: KnownImage['role']): readonly string[] {
  return knownImages.filter((image) => image.role === role).map(({ repository }) => repository);
}

const imageRole = compileImageRoles(knownImages);

/**
 * Finds images of containers and of image volumes (KEP-4639). `told` answers what an image is called in the message,
 * or undefined when it is no finding. A template may leave an image out: that is none.
 */
export function findImages(
  subject: PodSubject,
  check: { readonly id: string; readonly severity: Severity },
  told: (image: string, use: ImageUse) => string | undefined,
): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const container of subject.containers) {
    const image = container.value.image;
    if (!image) continue;
    const words = told(image, containerUse(imageRole(image), container.value));
    if (words === undefined) continue;
    const place = { container: container.name };
    findings ??= [];
    findings.push(findingOf(check, pointerTo(container.at, 'image'), place, [words, image]));
  }
  for (const volume of subject.volumes) {
    const image = volume.value.image?.reference;
    if (!image) continue;
    const words = told(image, volumeUse(imageRole(image)));
    if (words === undefined) continue;
    findings ??= [];
    findings.push(
      findingOf(check, pointerTo(volume.at, 'image', 'reference'), { volume: volume.name }, [words, image]),
    );
  }
  return findings ?? none;
}

function containerUse(role: ImageRole | undefined, container: Container): ImageUse {
  if (role !== 'daemon-by-default') return role;
  return startsDaemon(container) ? 'daemon' : 'engine';
}

/** A volume has no command: what its image would start is what it is there for. */
function volumeUse(role: ImageRole | undefined): ImageUse {
  return role === 'daemon-by-default' ? 'daemon' : role;
}

/**
 * docker-library/docker, dockerd-entrypoint.sh: no argument, an option, or the daemon's name start the daemon. An argument
 * that is unknown here may be anything, and is taken for another program.
 */
function startsDaemon({ command, args, env }: Container): boolean {
  if (command != null && command.length > 0) return false;
  const first = args?.[0];
  if (first === undefined) return true;
  const { expand, hasGivenUp } = expander(env ?? []);
  return /^-|^(?:.*\/)?dockerd(?:-entrypoint\.sh)?$/s.test(expand(first)) || hasGivenUp();
}

function findingOf(
  { id, severity }: { readonly id: string; readonly severity: Severity },
  pointer: Pointer,
  place: Place,
  [words, image]: readonly [string, string],
): Finding {
  const value = printableImage(image);
  const user = place.container === undefined ? `volume "${place.volume}"` : `container "${place.container}"`;
  return { check: id, severity, pointer, place, message: `${user} uses ${words} ${value}`, value };
}
