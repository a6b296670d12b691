import type { Configuration, Policy } from '../config/policy.ts';
import type { SubjectReader } from '../kubernetes/reader.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import { decisionOf, isExempted } from './decision.ts';
import { type Circumstances, judge, type Restraint } from './judge.ts';
import { isMirrorPod } from './mirror.ts';
import { mutatedSubject } from './mutate.ts';
import type { Judgement, Outcome } from './outcome.ts';
import { policyOf } from './policy-of.ts';
import { judgedResponse } from './response.ts';
import { changesNothingJudged } from './update.ts';

/** A request, and how its objects are read. */
export interface Readable {
  readonly request: AdmissionRequest;
  readonly read: SubjectReader;
}

const nothing: readonly Judgement[] = Object.freeze([]);

/**
 * Judges an object: a pod as it is, the pod in a workload's template as the mutation would leave it.
 *
 * Throws UnreadableObjectError when it cannot be read. `start` is the outcome so far.
 */
export function validate(start: Outcome, readable: Readable, configuration: Configuration, clock: number): Outcome {
  const { request, read } = readable;
  const now = read(request.object, request.namespace);
  if (now === undefined) return start;
  const configured = policyOf(now, configuration);
  const policy: Policy = start.webhook === 'observe' ? { ...configured, mode: 'audit' } : configured;
  const known: Outcome = { ...start, subject: now, profile: policy.profile.name, mode: policy.mode };
  if (isTemplate(now) && policy.profile.templates === 'ignore') return known;
  const before = request.operation === 'UPDATE' ? previous(readable, now) : undefined;
  const unchanged = before !== undefined && isUnchanged(now, before, configuration);
  const judgements = unchanged
    ? nothing
    : judge(
        {
          now: asItWillBe(now, configuration),
          before: before === undefined ? undefined : asItWillBe(before, configuration),
          ...circumstancesOf(now, request, policy, configuration.breakGlassGroups),
        },
        policy,
        clock,
      );
  const decision = decisionOf(judgements);
  const answer = {
    uid: request.uid,
    decision,
    judgements,
    denialStatus: policy.profile.denialStatus,
    configHash: configuration.hash,
  };
  return {
    ...known,
    decision,
    judgements,
    unchanged,
    exemption: judgements.find((one) => isExempted(one) && one.because === 'exemption')?.ref,
    problem: decision === 'error' ? 'a check failed' : undefined,
    response: judgedResponse(answer, now),
  };
}

function isTemplate(subject: Subject): subject is PodSubject & { readonly origin: 'template' | 'custom' } {
  return subject.kind === 'pod' && subject.origin !== 'pod';
}

/** What the update replaces; where that cannot be read, or is something else, no finding is old. */
function previous({ request, read }: Readable, now: Subject): Subject | undefined {
  try {
    const before = read(request.oldObject, request.namespace);
    return before?.kind === now.kind ? before : undefined;
  } catch (error) {
    if (error instanceof UnreadableObjectError) return undefined;
    throw error;
  }
}

function isUnchanged(now: Subject, before: Subject, { fuse, annotationsRead }: Configuration): boolean {
  if (now.kind !== 'pod' || before.kind !== 'pod') return false;
  return changesNothingJudged(now, before, fuse.label.key, annotationsRead);
}

/** A pod is what it is, since it was mutated before; a template's pods will be. */
function asItWillBe(subject: Subject, { fuse }: Configuration): Subject {
  return isTemplate(subject) ? mutatedSubject(subject, fuse) : subject;
}

/** What of a request is judged besides its object. */
export type Asked = Pick<AdmissionRequest, 'operation' | 'subResource' | 'userInfo'>;

/** Reads who asks, and what that means for the object: whether the glass is broken, and what holds the profile back. */
export function circumstancesOf(
  now: Subject,
  request: Asked,
  policy: Pick<Policy, 'profile'>,
  breakGlassGroups: ReadonlySet<string>,
): Circumstances {
  return {
    user: { name: request.userInfo.username, groups: request.userInfo.groups },
    breakGlass: breakGlassGroup(request, now, breakGlassGroups),
    restraint: restraintOf(now, request, policy),
  };
}

function restraintOf(now: Subject, request: Asked, { profile }: Pick<Policy, 'profile'>): Restraint | undefined {
  if (isTemplate(now)) {
    if (profile.templates === 'deny' || profile.templates === 'ignore') return undefined;
    return { mode: profile.templates, because: 'template' };
  }
  return now.kind === 'pod' && isMirrorPod(now, request) ? { mode: 'audit', because: 'mirror' } : undefined;
}

/**
 * The group by which break-glass covers a request: the creation of a pod that no controller owns, and debug containers
 * of any pod. A controller's pods are covered by nobody's group, or its users would borrow it.
 */
function breakGlassGroup(
  { operation, subResource, userInfo }: Asked,
  subject: Subject,
  groups: ReadonlySet<string>,
): string | undefined {
  if (groups.size === 0 || subject.kind !== 'pod' || isTemplate(subject)) return undefined;
  const covered =
    subResource === 'ephemeralcontainers' ||
    (operation === 'CREATE' && subResource === '' && (subject.metadata.ownerReferences ?? []).length === 0);
  return covered ? userInfo.groups.find((group) => groups.has(group)) : undefined;
}
