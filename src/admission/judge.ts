import type { Finding } from '../checks/check.ts';
import type { Allowances, BuilderProfile, Exemption, Mode, Permits, Policy, User } from '../config/policy.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import { type Found, findAll } from './findings.ts';
import type { Because, Judgement } from './outcome.ts';
import { inheritedBy } from './update.ts';

/** What is known of a request besides its object. */
export interface Circumstances {
  readonly user: User;
  /** The user's group by which break-glass covers this request. */
  readonly breakGlass: string | undefined;
  /** What holds back what the profile would do, besides the policy's mode. */
  readonly restraint: Restraint | undefined;
}

/** A subject to be judged, with who asked for it. */
export interface Case extends Circumstances {
  readonly now: Subject;
  /** What an update replaces. */
  readonly before: Subject | undefined;
}

/** What checks found in a subject, with who asked for it. */
export interface FoundCase extends Circumstances {
  readonly found: readonly Found[];
  /** Whose account, images, class and volumes exemptions and builder profiles look at. */
  readonly now: Subject;
  /** Whether an update did not add a finding; undefined when there is nothing old. */
  readonly isInherited: ((finding: Finding) => boolean) | undefined;
}

const nothing: readonly Judgement[] = Object.freeze([]);

/**
 * Judges a subject: the profile's action and allowances, the update rule, builder profiles, exemptions, break-glass,
 * and the mode last, so that audit and warn record what enforce would do.
 *
 * Pure: the same case, policy and clock (milliseconds since the epoch) give the same judgements.
 */
export function judge(subject: Case, policy: Policy, clock: number): readonly Judgement[] {
  const { now, before, user, breakGlass, restraint } = subject;
  const found = findAll(policy.profile.rules[now.kind], now);
  if (found.length === 0) return nothing;
  const isInherited =
    before === undefined ? undefined : inheritedBy(now, before, findAll(policy.profile.rules[before.kind], before));
  return judgeFound({ found, now, isInherited, user, breakGlass, restraint }, policy, clock);
}

/** Judges what was found already, now or when a record was made: the same rules in the same order, without the checks. */
export function judgeFound(subject: FoundCase, policy: Policy, clock: number): readonly Judgement[] {
  const { now, isInherited } = subject;
  const drafts = subject.found.map(draft);
  dropAllowed(drafts);
  if (isInherited !== undefined) dropInherited(drafts, isInherited);
  if (now.kind === 'pod') coverByBuilders(drafts, now, policy.builders);
  coverByExemption(drafts, subject, policy.exemptions, clock);
  if (subject.breakGlass !== undefined) coverByBreakGlass(drafts, subject.breakGlass);
  const { mode, because } = weakest(policy.mode, subject.restraint);
  return drafts.map((open) => settled(open, mode, because));
}

/**
 * A pod that only mirrors a static one is recorded only, since a denial would hide it and not stop it; a workload's
 * template is held back to what the profile says of templates, since the pods that come of it are judged again.
 */
export interface Restraint {
  readonly mode: Mode;
  readonly because: 'mirror' | 'template';
}

const strength: Readonly<Record<Mode, number>> = { enforce: 2, warn: 1, audit: 0 };

function weakest(mode: Mode, restraint: Restraint | undefined): { mode: Mode; because: 'mode' | Restraint['because'] } {
  if (restraint === undefined || strength[mode] < strength[restraint.mode]) return { mode, because: 'mode' };
  return restraint;
}

/** A judgement in the making: open until something covers it. */
interface Draft extends Found {
  covered: { readonly outcome: 'ignore' | 'warn'; readonly because: Because; readonly ref?: string } | undefined;
}

function draft({ rule, finding }: Found): Draft {
  return { rule, finding, covered: undefined };
}

function dropAllowed(drafts: readonly Draft[]): void {
  for (const open of drafts) {
    const { permits } = open.rule;
    if (permits !== undefined && tolerates(permits, open)) open.covered = { outcome: 'ignore', because: 'allowed' };
  }
}

function dropInherited(drafts: readonly Draft[], isInherited: (finding: Finding) => boolean): void {
  for (const open of remaining(drafts)) {
    if (isInherited(open.finding)) open.covered = { outcome: 'ignore', because: 'inherited' };
  }
}

function coverByBuilders(drafts: readonly Draft[], subject: PodSubject, builders: readonly BuilderProfile[]): void {
  if (builders.length === 0) return;
  const byContainer = Map.groupBy(remaining(drafts), ({ finding }) => finding.place.container);
  const held = builders.flatMap((builder) => {
    const allow = builder.allowedIn(subject);
    return allow === undefined ? [] : [{ ...builder, allow }];
  });
  for (const [container, own] of byContainer) {
    if (container === undefined) continue;
    const fit = held.filter(
      ({ containers, fits }) => containers.has(container) && fits?.(subject, container) !== false,
    );
    cover(own, fit, 'builder');
  }
}

function coverByExemption(
  drafts: readonly Draft[],
  { now, user }: FoundCase,
  exemptions: readonly Exemption[],
  clock: number,
): void {
  if (exemptions.length === 0) return;
  const open = remaining(drafts);
  if (open.length === 0) return;
  const fit = exemptions.filter((exemption) => clock <= exemption.expires && exemption.applies(now, user));
  cover(open, fit, 'exemption');
}

function coverByBreakGlass(drafts: readonly Draft[], group: string): void {
  for (const open of remaining(drafts)) {
    if (open.rule.action === 'deny') open.covered = { outcome: 'warn', because: 'break-glass', ref: group };
  }
}

/** Of those that cover every denying finding, takes the one that covers the most: two never add up. */
function cover(
  open: readonly Draft[],
  candidates: readonly { readonly name: string; readonly allow: Allowances }[],
  because: 'builder' | 'exemption',
): void {
  let best: { readonly name: string; readonly covered: readonly Draft[] } | undefined;
  for (const { name, allow } of candidates) {
    const covered = coveredBy(allow, open);
    if (covered !== undefined && covered.length > (best?.covered.length ?? 0)) best = { name, covered };
  }
  if (best === undefined) return;
  for (const one of best.covered) one.covered = { outcome: 'ignore', because, ref: best.name };
}

/** What an allowance tolerates, or undefined when it leaves a denying finding. */
function coveredBy(allow: Allowances, open: readonly Draft[]): readonly Draft[] | undefined {
  const covered: Draft[] = [];
  for (const one of open) {
    const permits = allow.get(one.finding.check);
    if (permits !== undefined && tolerates(permits, one)) covered.push(one);
    else if (one.rule.action === 'deny') return undefined;
  }
  return covered;
}

function tolerates(permits: Permits, { finding }: Found): boolean {
  return finding.failed !== true && permits(finding);
}

function remaining(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.filter(({ covered }) => covered === undefined);
}

function settled({ rule, finding, covered }: Draft, mode: Mode, lowered: Because): Judgement {
  const { action } = rule;
  if (covered !== undefined) {
    const outcome = covered.outcome === 'warn' && mode === 'audit' ? 'audit' : covered.outcome;
    return { finding, action, ...covered, outcome };
  }
  if (mode === 'audit' && action !== 'audit') return { finding, action, outcome: 'audit', because: lowered };
  if (mode === 'warn' && action === 'deny') return { finding, action, outcome: 'warn', because: lowered };
  return { finding, action, outcome: action, because: 'profile' };
}
