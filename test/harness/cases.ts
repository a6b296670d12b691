import { objectOf, spread, type WrittenCase, type WrittenInstead } from '../../src/checks/case.ts';
import { readWrittenCases, writtenBefore } from '../../src/generate/cases.ts';
import { subjectReader } from '../../src/kubernetes/reader.ts';
import type { Subject } from '../../src/kubernetes/subject.ts';

export { completePod, type Fragment } from '../../src/checks/case.ts';

/** One case of a check: a whole object, most often a pod, with what is expected of it. */
export interface Case {
  readonly name: string;
  readonly object: Record<string, unknown>;
  readonly namespace: string;
  readonly site: Readonly<Record<string, unknown>>;
  readonly allow: unknown;
  readonly at: readonly string[];
  /** Values, messages and places of the findings, where the case says what they are. */
  readonly values: readonly string[] | undefined;
  readonly says: readonly string[] | undefined;
  readonly places: readonly Readonly<Record<string, string>>[] | undefined;
}

/** The cases of one check, as its `<id>.cases.yaml` holds them; `each` is already spread out. */
export interface Cases {
  readonly found: readonly Case[];
  readonly clean: readonly Case[];
  readonly allowed: readonly Case[];
  readonly refused: readonly Case[];
  readonly instead: { readonly before: Case; readonly after: Case };
}

/** The subject of a case, read as a review of its kind is. */
export function caseSubject({ object, namespace }: Case): Subject {
  const [group = '', version] = String(object['apiVersion']).split('/');
  const read = subjectReader({ group: version === undefined ? '' : group, kind: String(object['kind']) });
  const subject = read?.(object, namespace);
  if (subject === undefined) throw new Error(`${String(object['kind'])} is not judged.`);
  return subject;
}

/** Reads the cases of a check; throws when the file is missing, or has a key that no case has. */
export function readCases(folder: URL, id: string): Cases {
  const written = readWrittenCases(folder, id);
  const all = (cases: readonly WrittenCase[]) => cases.flatMap(spread).map(completeCase);
  const { found, clean, allowed, refused, instead } = written;
  return {
    found: all(found),
    clean: all(clean),
    allowed: all(allowed),
    refused: all(refused),
    instead: { before: completeCase(writtenBefore(id, written)), after: completeCase(instead.after) },
  };
}

/** Makes a case of one that is written as short as it can be; what is done instead has neither a name nor findings. */
export function completeCase(
  written: WrittenInstead & Partial<Pick<WrittenCase, 'name' | 'at' | 'values' | 'says' | 'places'>>,
): Case {
  return {
    name: written.name ?? 'instead',
    object: objectOf(written),
    namespace: written.namespace ?? 'jobs',
    site: written.site ?? {},
    allow: written.allow,
    at: written.at ?? [],
    values: written.values,
    says: written.says,
    places: written.places,
  };
}
