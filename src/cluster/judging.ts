import { judge } from '../admission/judge.ts';
import { remedyFor } from '../admission/message.ts';
import type { Judgement } from '../admission/outcome.ts';
import { policyOf } from '../admission/policy-of.ts';
import { judgeWithoutReview } from '../admission/without-review.ts';
import type { Finding } from '../checks/check.ts';
import type { Configuration } from '../config/policy.ts';
import { fieldPath } from '../kubernetes/pointer.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import type { ReportedFinding } from '../output/result.ts';

/** What objects of a cluster are judged by. */
export interface ScanJudge {
  readonly configuration: Configuration;
  /** What it is compared with. */
  readonly before: Configuration | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: number;
}

/** A finding, with what the namespace's mode does not change. */
export interface ScannedFinding extends ReportedFinding {
  /** What the profile does about it where it is enforced; audit for what only a live pod has. */
  readonly enforced: 'deny' | 'warn' | 'audit';
  /** The check threw. */
  readonly failed: boolean;
}

/** What judging the re-creation of one object comes to. */
export interface Judged {
  readonly findings: readonly ScannedFinding[];
  /** Checks by which it was denied before; undefined when nothing is compared. */
  readonly deniedBefore: readonly string[] | undefined;
  /** Every finding that was there, tolerated or not. */
  readonly keys: ReadonlySet<string>;
}

/** Judges what would be created anew: a pod, or a workload's template, as the mutation would leave it. */
export function judgeRecreation(subject: Subject, { configuration, before, clock }: ScanJudge): Judged {
  const judgements = judgeWithoutReview(subject, configuration, clock);
  return {
    findings: judgements.flatMap((one) => scanned(one, subject)),
    deniedBefore: before && deniedIn(judgeWithoutReview(subject, before, clock)),
    keys: new Set(judgements.map(({ finding }) => keyOf(finding))),
  };
}

/** Judges a pod of which there is nothing to be created anew by us: its kubelet mirrors a file of its node. */
export function judgeMirror(subject: PodSubject, { configuration, before, clock }: ScanJudge): Judged {
  const judgements = judge(
    { ...asItIs(subject), restraint: { mode: 'audit', because: 'mirror' } },
    policyOf(subject, configuration),
    clock,
  );
  return { findings: judgements.flatMap((one) => scanned(one, subject)), deniedBefore: before && [], keys: new Set() };
}

/** A finding that only the live pod has, by the key under which others of its group may have it too. */
export interface LiveFinding {
  readonly key: string;
  readonly note: ScannedFinding;
}

/** What a live pod has, and what would be created anew has not: somebody changed it, or added to it on its way. */
export function judgeLive(
  subject: PodSubject,
  known: ReadonlySet<string>,
  { configuration, clock }: ScanJudge,
): readonly LiveFinding[] {
  const judgements = judge({ ...asItIs(subject), restraint: undefined }, policyOf(subject, configuration), clock);
  return judgements
    .filter(({ finding, outcome }) => outcome !== 'ignore' && !known.has(keyOf(finding)))
    .flatMap((one) =>
      scanned(one, subject).map((finding) => ({ key: keyOf(finding), note: liveNote(finding, subject) })),
    );
}

/** The checks that deny, each once. */
export function checksThatDeny(findings: readonly ScannedFinding[], how: 'action' | 'enforced'): readonly string[] {
  return [...new Set(findings.filter((finding) => finding[how] === 'deny').map(({ check }) => check))];
}

/** The same for the same finding, whatever its index, in a template and in each of its pods. */
export function keyOf({ check, place, value }: Pick<Finding, 'check' | 'place' | 'value'>): string {
  return JSON.stringify([check, place.container, place.volume, place.key, value]);
}

function asItIs(now: PodSubject) {
  return { now, before: undefined, user: { name: '', groups: [] }, breakGlass: undefined };
}

function deniedIn(judgements: readonly Judgement[]): readonly string[] {
  const denying = judgements.filter(({ outcome }) => outcome === 'deny');
  return [...new Set(denying.map(({ finding }) => finding.check))];
}

function scanned({ finding, action, outcome }: Judgement, subject: Subject): readonly ScannedFinding[] {
  if (outcome === 'ignore') return [];
  const { check, severity, pointer, place, message, value, failed = false } = finding;
  const remedy = remedyFor(finding, subject);
  return [{ check, severity, action: outcome, enforced: action, failed, pointer, place, message, remedy, value }];
}

/** The owner has no such field, so that the pointer leads nowhere and the message says where it is. */
function liveNote(finding: ScannedFinding, { metadata }: PodSubject): ScannedFinding {
  const field = finding.pointer === '' ? '' : ` (${fieldPath(finding.pointer)})`;
  const message = `only the live pod ${metadata.name ?? ''} has it: ${finding.message}${field}`;
  return { ...finding, action: 'audit', enforced: 'audit', pointer: '', message };
}
