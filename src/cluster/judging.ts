import type { Judgement } from '../admission/outcome.ts';
import { judgeAsItIs, judgeWithoutReview } from '../admission/without-review.ts';
import { findingKey } from '../checks/check.ts';
import type { Configuration } from '../config/policy.ts';
import { fieldPath } from '../kubernetes/pointer.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import { reportedFinding } from '../output/reported.ts';
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
    keys: new Set(judgements.map(({ finding }) => findingKey(finding))),
  };
}

/** Judges a pod of which there is nothing to be created anew by us: its kubelet mirrors a file of its node. */
export function judgeMirror(subject: PodSubject, { configuration, before, clock }: ScanJudge): Judged {
  const judgements = judgeAsItIs(subject, configuration, clock, { mode: 'audit', because: 'mirror' });
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
  const judgements = judgeAsItIs(subject, configuration, clock);
  return judgements
    .filter(({ finding, outcome }) => outcome !== 'ignore' && !known.has(findingKey(finding)))
    .flatMap((one) =>
      scanned(one, subject).map((finding) => ({ key: findingKey(finding), note: liveNote(finding, subject) })),
    );
}

/** The checks that deny, each once. */
export function checksThatDeny(findings: readonly ScannedFinding[], how: 'action' | 'enforced'): readonly string[] {
  return [...new Set(findings.filter((finding) => finding[how] === 'deny').map(({ check }) => check))];
}

function deniedIn(judgements: readonly Judgement[]): readonly string[] {
  const denying = judgements.filter(({ outcome }) => outcome === 'deny');
  return [...new Set(denying.map(({ finding }) => finding.check))];
}

function scanned(judgement: Judgement, subject: Subject): readonly ScannedFinding[] {
  const finding = reportedFinding(judgement, subject);
  if (finding === undefined) return [];
  return [{ ...finding, enforced: judgement.action, failed: judgement.finding.failed ?? false }];
}

/** The owner has no such field, so that the pointer leads nowhere and the message says where it is. */
function liveNote(finding: ScannedFinding, { metadata }: PodSubject): ScannedFinding {
  const field = finding.pointer === '' ? '' : ` (${fieldPath(finding.pointer)})`;
  const message = `only the live pod ${metadata.name ?? ''} has it: ${finding.message}${field}`;
  return { ...finding, action: 'audit', enforced: 'audit', pointer: '', message };
}
