import { checkById } from '../checks/registry.ts';
import { entryOf, type Look } from './ours.ts';
import { checksOf } from './proposal.ts';
import type { Difference, RuleReport, Verdict } from './result.ts';
import type { Rule } from './rules.ts';
import { isObjection, type Shown, type Study } from './study.ts';

/** Compares what Kyverno said of each object with what the checks say of it under the configuration that is proposed. */
export function compare(study: Study, look: Look): RuleReport {
  const { rule, checks, shown, why } = study;
  const notes = [...study.notes, ...scopeNotes(rule), ...(checks.length === 0 ? [] : actionNotes(rule, checks))];
  const own = shown.filter(({ from }) => isOwn(from)).length;
  const head = {
    ...headOf(rule),
    notes,
    needs: { ...checksOf([study]) },
    compared: { cases: shown.length - own, own },
  };
  if (checks.length === 0)
    return { ...head, verdict: 'left', checks, why, agreed: 0, lost: [], gained: [], otherwise: [] };
  let agreed = 0;
  const lost: Difference[] = [];
  const gained: Difference[] = [];
  for (const one of shown) {
    const findings = look(one.object);
    const seen = checks.find((check) => findings.has(check));
    const objects = isObjection(one.answer);
    if (objects && seen !== undefined) agreed++;
    else if (objects) lost.push(differenceOf(one, othersIn(findings)));
    else if (seen !== undefined) gained.push(differenceOf(one, `${seen}: ${findings.get(seen) ?? ''}`));
  }
  return { ...head, verdict: verdictOf(lost, gained), checks, why: undefined, agreed, lost, gained, otherwise: [] };
}

/** How the two stand to each other. */
function verdictOf(lost: readonly Difference[], gained: readonly Difference[]): Verdict {
  if (lost.length === 0) return gained.length === 0 ? 'equal' : 'stricter';
  return gained.length === 0 ? 'looser' : 'partly';
}

/** What of a rule stands in its report whatever is said of it. */
export function headOf({ source, kind, policy, name, deed, action }: Rule): RuleHead {
  return { source, kind, policy, name, deed, action };
}

type RuleHead = Pick<RuleReport, 'source' | 'kind' | 'policy' | 'name' | 'deed' | 'action'>;

/** Whether an object is the user's: then it is from a file, and else from a check. */
export function isOwn(from: string): boolean {
  return from !== 'neutral' && checkById(from) === undefined;
}

function differenceOf({ title, from, answer }: Shown, pratique: string): Difference {
  return { object: title, from: isOwn(from) ? from : 'case', kyverno: saidBy(answer), pratique };
}

function saidBy(answer: Shown['answer']): string {
  if (answer === undefined) return 'the rule does not apply to it';
  if (isObjection(answer)) return answer.message;
  return {
    pass: 'the rule is fulfilled',
    skip: 'the rule is skipped',
    error: `fails: ${answer.message}`,
    fail: '',
    warn: '',
  }[answer.result];
}

/** What else is found in an object that these checks say nothing of. */
function othersIn(findings: ReadonlyMap<string, string>): string {
  const [first] = findings;
  return first === undefined ? 'nothing is found' : `nothing of these checks; ${first[0]}: ${first[1]}`;
}

/** What the scope of a rule says that no comparison of objects shows. */
export function scopeNotes({ scope }: Rule): readonly string[] {
  const { namespaces, excludedNamespaces, selectsNamespaces, narrowedBy } = scope;
  return [
    ...(namespaces === undefined ? [] : [`Kyverno's rule holds in ${namespaces.join(', ')} only`]),
    ...(excludedNamespaces.length === 0 ? [] : [`Kyverno's rule does not hold in ${excludedNamespaces.join(', ')}`]),
    ...(selectsNamespaces ? ["Kyverno's rule chooses namespaces by their labels, Pratique by their names"] : []),
    ...narrowedBy.map((one) => `Kyverno's rule holds ${one}; Pratique knows no such condition`),
  ];
}

function actionNotes({ action }: Rule, checks: readonly string[]): readonly string[] {
  if (action === 'enforce') return [];
  const denied = checks.filter((check) => entryOf(check).action === 'deny');
  const word = action === 'warn' ? 'warns' : 'reports';
  return denied.length === 0
    ? []
    : [`Kyverno's rule only ${word}; profile dind denies ${denied.join(', ')} where the mode is enforce`];
}
