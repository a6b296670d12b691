import type { Configuration } from '../config/policy.ts';
import type { Subject } from '../kubernetes/subject.ts';
import { judge, type Restraint } from './judge.ts';
import { mutatedSubject } from './mutate.ts';
import type { Judgement } from './outcome.ts';
import { policyOf } from './policy-of.ts';

const nobody = { name: '', groups: [] };

/**
 * Judges an object that nobody asks to be admitted, of a file or of a cluster, as it would be if it were created: a pod
 * as the mutation would leave it.
 *
 * Exemptions that are narrowed to users do not apply. Pure, like `judge`; `clock` is in milliseconds since the epoch.
 */
export function judgeWithoutReview(
  subject: Subject,
  configuration: Configuration,
  clock: number,
): readonly Judgement[] {
  const now = subject.kind === 'pod' ? mutatedSubject(subject, configuration.fuse) : subject;
  return judgeAsItIs(now, configuration, clock);
}

/** Judges an object that is there, with what holds back the profile, if anything does. */
export function judgeAsItIs(
  now: Subject,
  configuration: Configuration,
  clock: number,
  restraint?: Restraint,
): readonly Judgement[] {
  const one = { now, before: undefined, user: nobody, breakGlass: undefined, restraint };
  return judge(one, policyOf(now, configuration), clock);
}
