import type { Pointer } from '../kubernetes/pointer.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { ContainerAt, VolumeAt } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';
import type { Finding, Place, Severity } from './check.ts';

/** What each finding of a check repeats. */
export interface Heading {
  readonly id: string;
  readonly severity: Severity;
}

/** What a finding says, beside its place. */
export interface Told {
  /** After the words `container "x"` or `volume "x"`, where the finding is in one; else a whole clause. */
  readonly words: string;
  readonly value: string;
}

/** Reference tokens of a field, below what holds it. */
export type Field = readonly (string | number)[];

const longestShown = 100;

/** Makes a finding of a container's field. */
export function findingIn(heading: Heading, container: ContainerAt, field: Field, told: Told): Finding {
  const place = { container: container.name };
  const words = `container "${shown(container.name)}" ${told.words}`;
  return findingAt(heading, pointerTo(container.at, ...field), place, { ...told, words });
}

/** Makes a finding of a volume's field. */
export function findingOf(heading: Heading, volume: VolumeAt, field: Field, told: Told): Finding {
  const words = `volume "${shown(volume.name)}" ${told.words}`;
  return findingAt(heading, pointerTo(volume.at, ...field), { volume: volume.name }, { ...told, words });
}

/**
 * Makes a finding of anything else.
 *
 * A value that is too long or not printable is written otherwise, and so tolerated by nothing but `true`.
 */
export function findingAt({ id, severity }: Heading, pointer: Pointer, place: Place, told: Told): Finding {
  const { words, value } = told;
  return { check: id, severity, pointer, place, message: words, value: printable(value) };
}

/** Writes text of the pod's author into a message. */
export function shown(text: string): string {
  return printable(text, longestShown);
}
