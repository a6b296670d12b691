import { decisionOf } from '../../admission/decision.ts';
import type { Found } from '../../admission/findings.ts';
import { judgeFound } from '../../admission/judge.ts';
import type { Decision, Judgement } from '../../admission/outcome.ts';
import { policyOf } from '../../admission/policy-of.ts';
import type { Finding } from '../../checks/check.ts';
import type { Policy, Rule } from '../../config/policy.ts';
import type { Pointer } from '../../kubernetes/pointer.ts';
import type { Subject } from '../../kubernetes/subject.ts';
import type { DecisionRecord, RecordedJudgement } from '../../record/record.ts';
import { isFuseAlike, isUpdateAlike, type Side, untoldRules } from './comparable.ts';
import type { Configured } from './configured.ts';
import { wouldMutateElse } from './mutated-else.ts';
import { isPodRecord, isTemplateRecord, recordedSubject } from './recorded-subject.ts';
import { isShortened } from './recorded-text.ts';
import type { UnjudgedReason } from './roll-out.ts';
import { worldsOf } from './worlds.ts';

/** What a record's request would have come to, or why that cannot be said. */
export type Rejudged =
  | { readonly kind: 'judged'; readonly decision: Decision; readonly judgements: readonly Judgement[] }
  | { readonly kind: 'unjudged'; readonly reason: UnjudgedReason; readonly detail: string };

/** A configuration under which records are judged anew. */
export interface Target {
  readonly configured: Configured;
  /** Changes what holds for a subject, after it was looked up. */
  revise?(policy: Policy): Policy;
}

/**
 * Judges a record anew, with the findings that it holds: the decision is that of `answerReview` on the same request, or
 * none is claimed. Pure; `clock` is in milliseconds since the epoch.
 *
 * `old` is the configuration that the record was made under.
 */
export function rejudge(record: DecisionRecord, old: Configured, next: Target, clock: number): Rejudged {
  const { decision, profile, webhook } = record;
  if (decision === 'error') return unjudged('error', 'The request could not be read, or a check failed on it.');
  // DELETE, CONNECT, and kinds that nothing judges.
  if (profile === null) return { kind: 'judged', decision, judgements: [] };
  if (webhook === 'mutate') return mutatedAnew(record, old, next);
  const now = recordedSubject(record, likely(record));
  const sides = sidesOf(record, now, old, next);
  const { policy } = sides.next;
  if (isTemplateRecord(record)) {
    if (policy.profile.templates === 'ignore') return { kind: 'judged', decision: 'allow', judgements: [] };
    if (sides.old.policy.profile.templates === 'ignore') return unjudged('template', 'Templates were not judged then.');
  }
  const fuseAlike = isFuseAlike(old, next.configured, record.namespace ?? '');
  const hindrance = now.kind === 'pod' ? hindranceOf(record, sides, fuseAlike) : undefined;
  return hindrance ?? foundAnew(record, now.kind, sides, fuseAlike, clock);
}

interface Sides {
  readonly old: Side;
  readonly next: Side;
}

function sidesOf(record: DecisionRecord, now: Subject, old: Configured, { configured, revise }: Target): Sides {
  const seen = (policy: Policy): Policy => (record.webhook === 'observe' ? { ...policy, mode: 'audit' } : policy);
  const policy = policyOf(now, configured.configuration);
  return {
    old: { configured: old, policy: seen(policyOf(now, old.configuration)) },
    next: { configured, policy: seen(revise === undefined ? policy : revise(policy)) },
  };
}

/** Only what kind of subject it is, and its namespace, is read off this one. */
function likely({ runtimeClassName }: DecisionRecord) {
  return { runtimeClassName, hostPath: false, mirror: false, imageless: false };
}

function mutatedAnew(record: DecisionRecord, old: Configured, { configured, revise }: Target): Rejudged {
  const namespace = record.namespace ?? '';
  if (!isFuseAlike(old, configured, namespace)) {
    return unjudged('mutation', 'What the mutation gives to pods is configured otherwise.');
  }
  if (record.patch === null) return { kind: 'judged', decision: 'allow', judgements: [] };
  const policy = configured.configuration.policyFor(namespace);
  const { mode } = revise === undefined ? policy : revise(policy);
  return { kind: 'judged', decision: mode === 'audit' ? 'would-patch' : 'patch', judgements: [] };
}

function hindranceOf(record: DecisionRecord, { old, next }: Sides, fuseAlike: boolean): Rejudged | undefined {
  if (record.operation === 'UPDATE' && !isUpdateAlike(old.configured, next.configured)) {
    return unjudged(
      'update',
      'The label of mountFuse or the annotations that are read differ, and so do the updates that change nothing.',
    );
  }
  const isMutatedElse = isPodRecord(record)
    ? record.webhook === 'validate' && wouldMutateElse(record, old, next, fuseAlike)
    : !fuseAlike;
  return isMutatedElse
    ? unjudged('mutation', 'The mutation may leave another pod than the one that was judged.')
    : undefined;
}

function foundAnew(
  record: DecisionRecord,
  kind: Subject['kind'],
  { old, next }: Sides,
  fuseAlike: boolean,
  clock: number,
): Rejudged {
  const { certain, doubts } = doubtsOf(record, kind, { old, next }, fuseAlike);
  const inherited = new Set(
    certain.filter(({ from }) => from.because === 'inherited').map(({ found }) => found.finding),
  );
  const isInherited = record.operation === 'UPDATE' ? (finding: Finding) => inherited.has(finding) : undefined;
  const found = certain.map((one) => one.found);
  const run = new Set(old.policy.profile.rules[kind].map(({ check }) => check.id));
  const results = worldsOf(record, next.policy, next.configured, (check) => run.has(check)).map((world) =>
    judgeFound({ found, now: world.now, isInherited, ...world.circumstances }, world.policy, clock),
  );
  const [judgements = []] = results;
  const decision = decisionOf(judgements);
  if (results.some((other) => decisionOf(other) !== decision)) {
    return unjudged(
      'facts',
      'Whether a builder profile, an exemption or break-glass fits depends on what the record does not have.',
    );
  }
  const doubt = doubts.find(({ action }) => couldChange(decision, action));
  return doubt === undefined ? { kind: 'judged', decision, judgements } : doubt.unjudged;
}

/** A finding as the record has it. */
interface Certain {
  readonly from: RecordedJudgement;
  readonly found: Found;
}

/** That there may be a further finding of an action. */
interface Doubt {
  readonly action: Rule['action'];
  readonly unjudged: Rejudged;
}

/** Parts the recorded findings that there would be again from what else there may be. */
function doubtsOf(
  record: DecisionRecord,
  kind: Subject['kind'],
  { old, next }: Sides,
  fuseAlike: boolean,
): { readonly certain: readonly Certain[]; readonly doubts: readonly Doubt[] } {
  const untold = untoldRules(old, next, kind, fuseAlike);
  const doubts: Doubt[] = untold.map(({ check: { id }, action }) => ({
    action,
    unjudged: unjudged(
      'check-not-run',
      `The check ${id}, which would ${verbs[action]}, was not run then, or looked for something else.`,
    ),
  }));
  if ((record.cut?.judgements ?? 0) > 0) {
    doubts.push({ action: 'deny', unjudged: unjudged('cut', 'The record holds only a part of the findings.') });
  }
  const told = new Map(next.policy.profile.rules[kind].map((rule) => [rule.check.id, rule]));
  for (const { check } of untold) told.delete(check.id);
  const certain: Certain[] = [];
  for (const from of record.judgements) {
    const rule = told.get(from.check);
    if (rule === undefined) continue;
    const found = { rule, finding: findingOf(from) };
    const reason = doubtOf(record, from, found);
    if (reason === undefined) certain.push({ from, found });
    else doubts.push({ action: rule.action, unjudged: reason });
  }
  return { certain, doubts };
}

const verbs = { deny: 'deny', warn: 'warn', audit: 'record' } as const;

function doubtOf(
  { operation }: DecisionRecord,
  from: RecordedJudgement,
  { rule, finding }: Found,
): Rejudged | undefined {
  if (isShortened(finding.value)) {
    return unjudged(
      'value',
      `The value of a finding of ${from.check} was shortened, and no allowance can be held against it.`,
    );
  }
  // What was allowed was not held against what the update replaces.
  if (operation === 'UPDATE' && from.because === 'allowed' && rule.permits?.(finding) !== true) {
    return unjudged('update', 'Whether a finding is old that was allowed then is not known.');
  }
  return undefined;
}

/** A further finding never makes a denial go away: what covers all but it covers less. */
function couldChange(decision: Decision, action: Rule['action']): boolean {
  if (action === 'audit' || decision === 'deny' || decision === 'would-deny') return false;
  return action === 'deny' || decision === 'allow';
}

function findingOf({ check, severity, pointer, place, value }: RecordedJudgement): Finding {
  return { check, severity, pointer: pointer as Pointer, place, message: '', value };
}

function unjudged(reason: UnjudgedReason, detail: string): Rejudged {
  return { kind: 'unjudged', reason, detail };
}
