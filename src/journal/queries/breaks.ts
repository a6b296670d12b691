import { checkById } from '../../checks/registry.ts';
import type { Action, Policy, Profile, Rule } from '../../config/policy.ts';
import type { Subject } from '../../kubernetes/subject.ts';
import { type Configured, raisedConfiguration } from './configured.ts';
import { byDecision, recordConditions } from './filter.ts';
import type { Journal, RecordFilter } from './questions.ts';
import type { Target } from './rejudge.ts';
import { rejudgeAll } from './rejudge-all.ts';
import type { BreakQuestion, BreakResult, Raise } from './roll-out.ts';
import { workloadTally } from './workload-tally.ts';

/**
 * Says which workloads would have been denied, had a mode, the action of checks or the profile been another one: by the
 * same judge as everything else, on the findings that were recorded.
 *
 * Records of what was denied anyway are not looked at. `clock` is in milliseconds since the epoch.
 */
export async function whatWouldBreak(db: Journal, question: BreakQuestion, clock: number): Promise<BreakResult> {
  const { namespace, raise, limit } = question;
  const breaks = workloadTally();
  const filter: RecordFilter = {
    webhook: 'validate',
    decisions: isOnlyMode(raise) ? ['error', 'would-deny'] : ['error', 'exempt', 'would-deny', 'warn', 'allow'],
    ...(namespace === undefined ? {} : { namespace }),
  };
  const coverage = await rejudgeAll(db, {
    range: question,
    wheres: byDecision(filter).map((one) => (e) => recordConditions(e, one, question)),
    targetFor: (old) => raised(old, raise),
    clock,
    visit(stored, result) {
      if (result.kind === 'unjudged' || result.decision !== 'deny') return;
      const denying = result.judgements.filter(({ outcome }) => outcome === 'deny');
      breaks.add(
        stored,
        denying.map(({ finding }) => finding),
      );
    },
  });
  const { workloads, more } = breaks.top(limit);
  return { breaks: workloads, more, coverage };
}

/** The mode is the last that is looked at: it raises what it lowered, and nothing else. */
function isOnlyMode({ checks, profile }: Raise): boolean {
  return checks === undefined && profile === undefined;
}

/** Each record's own configuration, but for what is raised. */
function raised(old: Configured, { mode, profile, checks = [], action = 'deny' }: Raise): Target | undefined {
  const configured =
    mode === undefined && profile === undefined
      ? old
      : raisedConfiguration(old, {
          ...(mode === undefined ? {} : { mode }),
          ...(profile === undefined ? {} : { profile }),
        });
  if (configured === undefined) return undefined;
  if (checks.length === 0) return { configured };
  const known = new Map<Profile, Profile>();
  const revise = (policy: Policy): Policy => {
    const before = known.get(policy.profile) ?? withActions(policy.profile, checks, action);
    known.set(policy.profile, before);
    return { ...policy, profile: before };
  };
  return { configured, revise };
}

function withActions(profile: Profile, ids: readonly string[], action: Exclude<Action, 'ignore'>): Profile {
  const rules = Object.entries(profile.rules).map(([kind, own]) => [
    kind,
    raisedRules(own, ids, action, kind as Subject['kind']),
  ]);
  return { ...profile, rules: Object.fromEntries(rules) as Profile['rules'] };
}

/** A check that was ignored has no rule; it gets one, so that what it might have found is told to be unknown. */
function raisedRules(
  rules: readonly Rule[],
  ids: readonly string[],
  action: Exclude<Action, 'ignore'>,
  kind: Subject['kind'],
): readonly Rule[] {
  const there = new Set(rules.map(({ check }) => check.id));
  const missing = ids.flatMap((id) => {
    const check = there.has(id) ? undefined : checkById(id);
    return check?.find[kind] === undefined ? [] : [{ check, action, site: {} }];
  });
  return [...rules.map((rule) => (ids.includes(rule.check.id) ? { ...rule, action } : rule)), ...missing];
}
