import type { Pointer } from '../kubernetes/pointer.ts';
import type { Subject } from '../kubernetes/subject.ts';
import type { AllowedPaths } from '../matching/allowed-paths.ts';
import type { Fuse } from '../matching/fuse.ts';
import type { HostPathIndex } from '../matching/host-path-index.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** Where a finding is, by name and never by index, so that it stays the same finding when a list is reordered. */
export interface Place {
  readonly container?: string;
  readonly volume?: string;
  /** An annotation's or a label's key. */
  readonly key?: string;
}

/** Something that a check saw. */
export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  /** Into the object as it was sent. */
  readonly pointer: Pointer;
  readonly place: Place;
  /** What is wrong, for the person who reads a job log: one clause, without the pointer and without the remedy. */
  readonly message: string;
  /** Canonical and redacted: what allowances and the update rule compare, and what the record keeps. */
  readonly value: string;
  /** Where one check has several remedies: this finding's own, in place of the check's. */
  readonly remedy?: string;
  /** The check threw: nothing tolerates this finding, and it is never old. */
  readonly failed?: true;
}

/** The kinds of setting, as they are once config/ has compiled them. */
export interface Kinds {
  /** Host paths that are tolerated: reads the value of a host path finding. */
  readonly allowedPaths: AllowedPaths;
  /** Host paths of the site that are looked for besides the built-in ones. */
  readonly hostPaths: HostPathIndex;
  /** Literal names. */
  readonly names: ReadonlySet<string>;
  /** Image repositories, by glob. */
  readonly images: (reference: string) => boolean;
  readonly fuse: Fuse;
}

/** One setting of a check: its kind decides how it is written in a configuration. */
export interface Parameter<K extends keyof Kinds = keyof Kinds> {
  readonly kind: K;
  /** One sentence for the check reference and the JSON Schema. */
  readonly description: string;
  /** Of kind names: the names that there are, where others would mean nothing. */
  readonly only?: readonly string[];
}

export type Shape = Readonly<Record<string, Parameter>>;

/** The compiled settings of a shape: a setting that the configuration leaves out is undefined. */
export type Settings<S extends Shape = Shape> = { readonly [P in keyof S]?: Kinds[S[P]['kind']] | undefined };

/** Fields that a check judges alike, and what may be there. */
export interface Restriction {
  /** In objects of this kind; in pods, and in what makes them, where it is left out. */
  readonly kind?: string;
  /**
   * Each from the top of the object. `[*]` is any entry or key, `{a,b}` either name, `….` any number of names, and
   * `spec.containers[*]` stands for all three lists of containers.
   */
  readonly fields: readonly string[];
  /** Words without a period, such as `absent, false`. */
  readonly allowed: string;
  /** What `allowed` calls listed. */
  readonly listed?: readonly string[];
}

/** What a check looks for in each kind of subject; in a kind that is left out there is nothing that it could find. */
export type Finders<S extends Shape = Shape> = {
  readonly [K in Subject['kind']]?: (
    subject: Extract<Subject, { readonly kind: K }>,
    site: Settings<S>,
  ) => readonly Finding[];
};

/** A pure function from a subject to findings, with the words that explain it. */
export interface Check<S extends Shape = Shape, A extends Shape = Shape> {
  /** kebab-case; the file's name, the metric label and the key in configuration; never reused. */
  readonly id: string;
  /** What is wrong, at most 60 characters. */
  readonly title: string;
  readonly severity: Severity;
  /** One paragraph: why it is dangerous, and by which fields. */
  readonly why: string;
  /** An imperative sentence that ends with a period: what to do instead. */
  readonly remedy: string;
  /** The same in GitLab's words, for pods that GitLab Runner made. */
  readonly gitlab?: string;
  /** Every field in which it finds something, and what may be there. */
  readonly restricts: readonly Restriction[];
  /** Facts of the site that widen what is found. */
  readonly site: S;
  /** The one way to tolerate: profile, builder profile and exemption all use it. */
  readonly allow: A;
  /** Annotation keys that the check reads: exact ones, and prefixes that end with `*`. */
  readonly annotations?: readonly string[];
  /** Settings of the site, of kind names, whose names are annotation keys that the check reads as well. */
  readonly annotationSettings?: readonly string[];
  /** By kind of subject: all that is there. Knows no profile and no exemption; pure and total. */
  readonly find: Finders<S>;
  /** Whether the settings of an allowance tolerate a finding of this check. */
  permits(finding: Finding, allow: Settings<A>): boolean;
}

/** Runs a check on a subject of any kind. */
export function findIn(check: Check, subject: Subject, site: Settings): readonly Finding[] {
  // The key chooses the finder of just this kind, which the compiler cannot follow.
  const find = check.find[subject.kind] as ((subject: Subject, site: Settings) => readonly Finding[]) | undefined;
  return find === undefined ? none : find(subject, site);
}

/** What makes two findings the same one, wherever their indices are; what the update rule compares. */
export function findingKey({ check, place, value }: Pick<Finding, 'check' | 'place' | 'value'>): string {
  return JSON.stringify([check, place.container, place.volume, place.key, value]);
}

/** What a check returns when it saw nothing: shared, so that a clean pod costs no allocation. */
export const none: readonly Finding[] = Object.freeze([]);
