import { fuseContract } from '../checks/fuse-contract.ts';
import type { Configuration } from '../config/policy.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';
import { type PodSubject, podSubject } from '../kubernetes/subject.ts';
import type { Fuse } from '../matching/fuse.ts';
import { asksForFuse } from '../mutations/mount-fuse.ts';
import { patchBetween } from '../mutations/patch.ts';
import { mutations } from '../mutations/registry.ts';
import { isMirrorPod } from './mirror.ts';
import type { Outcome } from './outcome.ts';
import { patchResponse } from './response.ts';

/** Patches a pod that is created; throws UnreadableObjectError when it cannot be read. `start` is the outcome so far. */
export function mutate(start: Outcome, request: AdmissionRequest, configuration: Configuration): Outcome {
  const { fuse } = configuration;
  const { mode, profile } = configuration.policyFor(request.namespace);
  const subject = podSubject(request.object, request.namespace);
  const known: Outcome = { ...start, subject, profile: profile.name, mode };
  if (request.operation !== 'CREATE' || request.subResource !== '' || isMirrorPod(subject, request)) {
    return { ...known, response: patchResponse(request.uid, [], fuseState(subject, fuse)) };
  }
  const result = mutatedSubject(subject, fuse);
  const patch = patchBetween(subject.pod, result.pod);
  if (mode === 'audit') {
    const response = patchResponse(request.uid, [], fuseState(subject, fuse));
    return { ...known, decision: patch.length === 0 ? 'allow' : 'would-patch', patch, response };
  }
  const response = patchResponse(request.uid, patch, fuseState(result, fuse));
  return { ...known, decision: patch.length === 0 ? 'allow' : 'patch', patch, response };
}

/** The pod as all mutations leave it: the same subject when there is nothing to do. */
export function mutatedSubject(subject: PodSubject, fuse: Fuse): PodSubject {
  let current = subject;
  for (const mutation of mutations) {
    const pod = mutation.apply(current, fuse);
    if (pod !== current.pod) current = podSubject(pod, subject.namespace, subject.origin, subject.at);
  }
  return current;
}

/** The state that the pod is in, not what was done to it, so that it is the same when the API server asks again. */
function fuseState(subject: PodSubject, fuse: Fuse): 'granted' | 'refused' | 'none' {
  if (!asksForFuse(subject, fuse)) return 'none';
  return fuseContract.find.pod(subject, { fuse }).length === 0 ? 'granted' : 'refused';
}
