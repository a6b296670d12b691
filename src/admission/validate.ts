import type { Configuration, Policy } from '../config/policy.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import { type PodSubject, podSubject } from '../kubernetes/subject.ts';
import { decisionOf, isExempted } from './decision.ts';
import { judge } from './judge.ts';
import { isMirrorPod } from './mirror.ts';
import type { Outcome } from './outcome.ts';
import { judgedResponse } from './response.ts';
import { changesNothingJudged } from './update.ts';

/** Judges a pod as it is; throws UnreadableObjectError when it cannot be read. `start` is the outcome so far. */
export function validate(
  start: Outcome,
  request: AdmissionRequest,
  configuration: Configuration,
  clock: number,
): Outcome {
  const configured = configuration.policyFor(request.namespace);
  const policy: Policy = start.webhook === 'observe' ? { ...configured, mode: 'audit' } : configured;
  const now = podSubject(request.object, request.namespace);
  const before = request.operation === 'UPDATE' ? previous(request) : undefined;
  const known: Outcome = { ...start, subject: now, profile: policy.profile.name, mode: policy.mode };
  const unchanged =
    before !== undefined &&
    changesNothingJudged(now, before, configuration.fuse.label.key, configuration.annotationsRead);
  const judgements = unchanged
    ? start.judgements
    : judge(
        {
          now,
          before,
          user: { name: request.userInfo.username, groups: request.userInfo.groups },
          breakGlass: breakGlassGroup(request, now, configuration.breakGlassGroups),
          mirror: isMirrorPod(now, request),
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

/** What the update replaces; where that cannot be read, no finding is old. */
function previous({ oldObject, namespace }: AdmissionRequest): PodSubject | undefined {
  try {
    return podSubject(oldObject, namespace);
  } catch (error) {
    if (error instanceof UnreadableObjectError) return undefined;
    throw error;
  }
}

/**
 * The group by which break-glass covers a request: the creation of a pod that no controller owns, and debug containers
 * of any pod. A controller's pods are covered by nobody's group, or its users would borrow it.
 */
function breakGlassGroup(
  { operation, subResource, userInfo }: AdmissionRequest,
  { metadata }: PodSubject,
  groups: ReadonlySet<string>,
): string | undefined {
  if (groups.size === 0) return undefined;
  const covered =
    subResource === 'ephemeralcontainers' ||
    (operation === 'CREATE' && subResource === '' && (metadata.ownerReferences ?? []).length === 0);
  return covered ? userInfo.groups.find((group) => groups.has(group)) : undefined;
}
