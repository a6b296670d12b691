import { isDeepStrictEqual } from 'node:util';
import { type Finding, findingKey } from '../checks/check.ts';
import { pointerTokens } from '../kubernetes/pointer.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import type { Found } from './findings.ts';

/**
 * Whether an update leaves alone everything that is judged: the spec, the fuse label, and each annotation that some
 * check reads (one that goes away is no change). The webhook configuration says the same in CEL.
 */
export function changesNothingJudged(
  now: PodSubject,
  before: PodSubject,
  labelKey: string,
  annotationsRead: readonly string[],
): boolean {
  if (own(now.labels, labelKey) !== own(before.labels, labelKey)) return false;
  for (const key in now.annotations) {
    if (own(before.annotations, key) !== now.annotations[key] && isRead(key, annotationsRead)) return false;
  }
  return isDeepStrictEqual(now.spec, before.spec);
}

/**
 * Says which findings an update did not add: a container's when its image is unchanged, a pod's and a volume's when the
 * update adds no container and changes no image, an annotation's when its bytes are the same besides. What is no pod has
 * no images: its findings are old when they were there.
 */
export function inheritedBy(now: Subject, before: Subject, old: readonly Found[]): (finding: Finding) => boolean {
  const known = new Set(old.filter(({ finding }) => !finding.failed).map(({ finding }) => findingKey(finding)));
  const isKnown = (finding: Finding) => !finding.failed && known.has(findingKey(finding));
  if (now.kind !== 'pod' || before.kind !== 'pod')
    return (finding) => isKnown(finding) && sameAnnotation(finding, now, before);
  const images = new Map(before.containers.map((container) => [container.name, container.value.image]));
  const unchanged = (name: string, image: string | undefined) => images.has(name) && images.get(name) === image;
  const sameContainers = now.containers.every((container) => unchanged(container.name, container.value.image));
  const kept = new Set(
    now.containers.filter((container) => unchanged(container.name, container.value.image)).map(({ name }) => name),
  );
  return (finding) => {
    if (!isKnown(finding)) return false;
    const { container } = finding.place;
    if (container !== undefined) return kept.has(container);
    return sameContainers && sameAnnotation(finding, now, before);
  };
}

function sameAnnotation(finding: Finding, now: Subject, before: Subject): boolean {
  if (!finding.pointer.startsWith(`${now.metadataAt}/annotations/`)) return true;
  const key = pointerTokens(finding.pointer).at(-1) ?? '';
  const bytes = own(now.annotations, key);
  return bytes !== undefined && bytes === own(before.annotations, key);
}

function isRead(key: string, annotationsRead: readonly string[]): boolean {
  return annotationsRead.some((read) => (read.endsWith('*') ? key.startsWith(read.slice(0, -1)) : key === read));
}

function own(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
