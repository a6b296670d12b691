import type { Decision, Judgement } from './outcome.ts';

/** Says in one word what the judgements of a subject come to: the first that holds, in the order of Decision. */
export function decisionOf(judgements: readonly Judgement[]): Decision {
  if (judgements.length === 0) return 'allow';
  if (judgements.some(({ finding }) => finding.failed)) return 'error';
  if (judgements.some(({ outcome }) => outcome === 'deny')) return 'deny';
  if (judgements.some(isExempted)) return 'exempt';
  if (judgements.some(({ action, because }) => action === 'deny' && isOpen(because))) return 'would-deny';
  if (judgements.some(({ action, because }) => action === 'warn' && isOpen(because))) return 'warn';
  return 'allow';
}

/** Whether the judgement is of a denying finding that an exemption or break-glass let through. */
export function isExempted({ action, because }: Judgement): boolean {
  return action === 'deny' && (because === 'exemption' || because === 'break-glass');
}

function isOpen(because: Judgement['because']): boolean {
  return because === 'profile' || because === 'mode' || because === 'template' || because === 'mirror';
}
