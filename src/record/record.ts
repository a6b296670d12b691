import { createHash } from 'node:crypto';
import type { Because, Decision, Judgement, Outcome, WebhookPath } from '../admission/outcome.ts';
import type { Severity } from '../checks/check.ts';
import type { Action, Mode } from '../config/policy.ts';
import type { GroupVersionResource, Operation } from '../kubernetes/review.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { redactedImage } from './redact.ts';

/** How many entries of each list are kept; a line that is still too long keeps fewer. */
export const listLimits = { images: 64, groups: 32, judgements: 100, paths: 64, warnings: 32 } as const;

const limitedLists = Object.keys(listLimits) as readonly (keyof typeof listLimits)[];

/** How many entries of each list were left out. */
export type Cut = { readonly [L in keyof typeof listLimits]?: number };

/** One decision, version 1: these keys in this order, all of them always there, null for what is not known. */
export interface DecisionRecord {
  readonly v: 1;
  readonly ts: string;
  readonly instance: string;
  readonly seq: number;
  readonly uid: string;
  readonly traceId: string | null;
  readonly webhook: WebhookPath;
  readonly operation: Operation | null;
  readonly dryRun: boolean | null;
  readonly resource: string | null;
  readonly subresource: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly generateName: string | null;
  readonly owner: RecordedOwner | null;
  readonly serviceAccount: string | null;
  readonly runtimeClassName: string | null;
  readonly hostUsers: boolean | null;
  readonly images: readonly string[];
  readonly user: { readonly name: string; readonly groups: readonly string[] } | null;
  readonly authn: Authn;
  readonly decision: Decision;
  readonly profile: string | null;
  readonly mode: Mode | null;
  readonly exemption: string | null;
  readonly configHash: string;
  readonly version: string;
  readonly judgements: readonly RecordedJudgement[];
  readonly patch: RecordedPatch | null;
  readonly warnings: readonly string[];
  readonly durationMs: number;
  readonly bytes: number;
  /** Only there when some list was cut. */
  readonly cut?: Cut;
}

export interface RecordedOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface RecordedJudgement {
  readonly check: string;
  readonly severity: Severity;
  readonly action: Action;
  readonly outcome: Action;
  readonly because: Because;
  readonly ref: string | null;
  readonly pointer: string;
  readonly place: { readonly container?: string; readonly volume?: string; readonly key?: string };
  readonly value: string;
}

export interface RecordedPatch {
  readonly operations: number;
  readonly paths: readonly string[];
  /** Of the JSON of the patch, in hexadecimal. */
  readonly sha256: string;
}

/** How the caller proved who it is: with a certificate of the client CA, or not at all. */
export type Authn = 'mtls' | 'none';

/** What a record holds besides the outcome. */
export interface RecordContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly instance: string;
  readonly seq: number;
  readonly version: string;
  readonly authn: Authn;
  readonly traceId: string | undefined;
  readonly durationMs: number;
  /** Of the body. */
  readonly bytes: number;
}

/**
 * The record of a decision. Pure.
 *
 * Names, images, host paths and tokens that a check matched; never a whole object, nor the values of env, arguments,
 * commands, annotations or labels.
 */
export function decisionRecord(outcome: Outcome, context: RecordContext): DecisionRecord {
  const { request, subject, patch, response } = outcome;
  const pod = subject?.kind === 'pod' ? subject : undefined;
  const metadata = metadataOf(request?.object);
  const images = pod === undefined ? [] : imagesOf(pod);
  const groups = request?.userInfo.groups ?? [];
  const warnings = response.warnings ?? [];
  const record: DecisionRecord = {
    v: 1,
    ts: new Date(context.now).toISOString(),
    instance: context.instance,
    seq: context.seq,
    uid: response.uid,
    traceId: context.traceId ?? null,
    webhook: outcome.webhook,
    operation: request?.operation ?? null,
    dryRun: request?.dryRun ?? null,
    resource: request === undefined ? null : resourceName(request.resource),
    subresource: filled(request?.subResource),
    namespace: filled(request?.namespace),
    name: filled(request?.name) ?? filled(metadata?.['name']),
    generateName: filled(metadata?.['generateName']),
    owner: subject === undefined ? null : ownerOf(metadata?.['ownerReferences']),
    // The field that counts, then its deprecated twin, as exemptions read them.
    serviceAccount: filled(pod?.spec.serviceAccountName) ?? filled(pod?.spec.serviceAccount),
    runtimeClassName: filled(pod?.spec.runtimeClassName),
    hostUsers: pod?.spec.hostUsers ?? null,
    images: first(images, listLimits.images),
    user: request === undefined ? null : { name: request.userInfo.username, groups: first(groups, listLimits.groups) },
    authn: context.authn,
    decision: outcome.decision,
    profile: filled(outcome.profile),
    mode: outcome.mode ?? null,
    exemption: outcome.exemption ?? null,
    configHash: outcome.configHash,
    version: context.version,
    judgements: worstFirst(outcome.judgements).map(recordedJudgement),
    patch: patch.length === 0 ? null : recordedPatch(patch),
    warnings: first(warnings, listLimits.warnings),
    durationMs: Math.round(context.durationMs * 1000) / 1000,
    bytes: context.bytes,
  };
  const cut = cutOf({ images, groups, judgements: outcome.judgements, paths: patch, warnings });
  return cut === undefined ? record : { ...record, cut };
}

/**
 * Whether a decision is worth a line: every decision but allow, and an allow with a finding that is not old.
 *
 * Old findings, unchanged updates and plain allows are only counted, unless `allows` is all.
 */
export function isRecorded(outcome: Outcome, allows: 'none' | 'all'): boolean {
  if (allows === 'all' || outcome.decision !== 'allow') return true;
  return outcome.judgements.some((judgement) => judgement.because !== 'inherited');
}

function recordedJudgement(judgement: Judgement): RecordedJudgement {
  const { finding } = judgement;
  return {
    check: finding.check,
    severity: finding.severity,
    action: judgement.action,
    outcome: judgement.outcome,
    because: judgement.because,
    ref: judgement.ref ?? null,
    pointer: finding.pointer,
    place: finding.place,
    value: finding.value,
  };
}

const ranks: Readonly<Record<Action, number>> = { deny: 0, warn: 1, audit: 2, ignore: 3 };

/** As many judgements as are kept. In their own order, unless some have to go: then the mildest go. */
function worstFirst(judgements: readonly Judgement[]): readonly Judgement[] {
  if (judgements.length <= listLimits.judgements) return judgements;
  return judgements.toSorted((a, b) => ranks[a.outcome] - ranks[b.outcome]).slice(0, listLimits.judgements);
}

function recordedPatch(patch: Outcome['patch']): RecordedPatch {
  return {
    operations: patch.length,
    paths: first(patch, listLimits.paths).map((operation) => operation.path),
    sha256: createHash('sha256').update(JSON.stringify(patch)).digest('hex'),
  };
}

/** Each image once, in the order of the containers. */
function imagesOf(subject: PodSubject): readonly string[] {
  const images = new Set<string>();
  for (const container of subject.containers) images.add(redactedImage(container.value.image ?? ''));
  images.delete('');
  return [...images];
}

/** Of the object as it was sent: a template's own metadata has neither a name nor an owner. */
function metadataOf(object: unknown): Readonly<Record<string, unknown>> | undefined {
  const metadata = (object as { readonly metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : undefined;
}

/** The controller, else the first owner. The shape of ownerReferences is not proved when an object is read. */
function ownerOf(references: unknown): RecordedOwner | null {
  if (!Array.isArray(references)) return null;
  const owners = references.filter((reference) => typeof reference === 'object' && reference !== null);
  const owner = owners.find((reference) => reference.controller === true) ?? owners[0];
  if (owner === undefined) return null;
  return { apiVersion: text(owner.apiVersion), kind: text(owner.kind), name: text(owner.name) };
}

/** Names a resource as kubectl does: `pods`, `deployments.apps`. */
export function resourceName({ group, resource }: GroupVersionResource): string {
  return group == null || group === '' ? resource : `${resource}.${group}`;
}

function cutOf(lists: { readonly [L in keyof typeof listLimits]: readonly unknown[] }): Cut | undefined {
  let cut: Record<string, number> | undefined;
  for (const list of limitedLists) {
    const left = lists[list].length - listLimits[list];
    if (left > 0) cut = { ...cut, [list]: left };
  }
  return cut;
}

function first<T>(list: readonly T[], length: number): readonly T[] {
  return list.length <= length ? list : list.slice(0, length);
}

function filled(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
