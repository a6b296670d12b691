import type { Judgement } from '../admission/outcome.ts';
import { judgeWithoutReview } from '../admission/without-review.ts';
import { checkById } from '../checks/registry.ts';
import type { Configuration } from '../config/policy.ts';
import { type Pointer, pointerTo, pointerTokens } from '../kubernetes/pointer.ts';
import { isObject, UnreadableObjectError } from '../kubernetes/shape.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import { asksForFuse } from '../mutations/mount-fuse.ts';
import { reportedFinding } from '../output/reported.ts';
import type { ObjectResult, ReadError, ReportedFinding } from '../output/result.ts';
import { inOrder, verdictOf } from '../output/verdict.ts';
import { type CiSystem, ciFindings } from './ci-files.ts';
import type { ManifestObject } from './parse.ts';
import type { SubjectsOf } from './subjects.ts';

/** What documents are judged by. */
export interface Judge {
  readonly configuration: Configuration;
  /** The same, but that every namespace may ask for the fuse device: for documents that do not say where they will be. */
  readonly anywhere: () => Configuration;
  readonly subjectsOf: SubjectsOf;
  /** Of documents that name none. */
  readonly namespace: string | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: number;
}

/** An object that was judged, one that could not be read, or undefined for one that holds nothing to judge. */
export type Judged = { readonly result: ObjectResult } | { readonly error: ReadError } | undefined;

/** Judges an object of a manifest as if it were created. Never throws. */
export function judgeManifest(object: ManifestObject, file: string, judge: Judge): Judged {
  const { value, document } = object;
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  const own = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined;
  const namespace = own ?? judge.namespace;
  try {
    const subjects = judge.subjectsOf(value, namespace ?? '');
    if (subjects.length === 0) return undefined;
    const configuration = namespace === undefined ? judge.anywhere() : judge.configuration;
    const findings = subjects.flatMap((subject) => [
      ...judgeWithoutReview(subject, configuration, judge.clock).flatMap((one) => reported(one, subject, object)),
      ...(namespace === undefined ? unplaced(subject, configuration, object) : []),
    ]);
    const result = {
      file,
      document,
      apiVersion: textOf(value['apiVersion']),
      kind: textOf(value['kind']),
      namespace: subjects[0]?.namespace ?? '',
      name: textOf(metadata['name']) || textOf(metadata['generateName']),
      at: object.locate(''),
      verdict: verdictOf(findings),
      findings: inOrder(findings),
    };
    return { result };
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    const message = `${textOf(value['kind'])}: ${error.message}`;
    return { error: { file, document, at: object.locate(error.pointer), message } };
  }
}

/** Reads a CI system's job file; what it finds is warned of. */
export function judgeCiFile(object: ManifestObject, file: string, system: CiSystem): ObjectResult {
  const findings = ciFindings(system, object.value).map((finding): ReportedFinding => {
    const { check, severity, pointer, place, message, value } = finding;
    const known = checkById(check);
    const remedy = (system === 'GitLab' ? known?.gitlab : undefined) ?? known?.remedy ?? '';
    return { check, severity, action: 'warn', pointer, place, at: object.locate(pointer), message, remedy, value };
  });
  return {
    file,
    document: object.document,
    apiVersion: '',
    kind: `${system}${system === 'GitLab' ? 'Pipeline' : 'Workflow'}`,
    namespace: '',
    name: textOf(object.value['name']),
    at: object.locate(''),
    verdict: verdictOf(findings),
    findings: inOrder(findings),
  };
}

function reported(judgement: Judgement, subject: Subject, object: ManifestObject): readonly ReportedFinding[] {
  const finding = reportedFinding(judgement, subject);
  if (finding === undefined) return [];
  const pointer = asWritten(finding.pointer, object);
  return [{ ...finding, pointer, at: object.locate(pointer) }];
}

/** A hostPath that was made of a hostDisk is told where the hostDisk is. */
function asWritten(pointer: Pointer, { value }: ManifestObject): Pointer {
  const disk = pointer.replace('/hostPath/', '/hostDisk/') as Pointer;
  return disk !== pointer && isThere(value, disk) && !isThere(value, pointer) ? disk : pointer;
}

function isThere(root: unknown, pointer: Pointer): boolean {
  let value = root;
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return false;
    value = (value as Readonly<Record<string, unknown>>)[token];
  }
  return true;
}

/** Who may ask for the device depends on the namespace, which this document does not say. */
function unplaced(subject: Subject, { fuse }: Configuration, object: ManifestObject): readonly ReportedFinding[] {
  if (subject.kind !== 'pod' || !asksForFuse(subject, fuse)) return [];
  const pointer = labelAt(subject, fuse.label.key);
  return [
    {
      check: 'fuse-contract',
      severity: 'low',
      action: 'audit',
      pointer,
      place: { key: fuse.label.key },
      at: object.locate(pointer),
      message: 'asks for the fuse device, and does not say in which namespace',
      remedy: 'Name the namespace with --namespace, and it is told whether pods there may ask.',
      value: fuse.label.key,
    },
  ];
}

function labelAt(subject: PodSubject, key: string): Pointer {
  return pointerTo(subject.metadataAt, 'labels', key);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
