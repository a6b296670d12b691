import { acceptsFuseSandbox } from '../../matching/fuse.ts';
import type { DecisionRecord } from '../../record/record.ts';
import type { Side } from './comparable.ts';

const contract = 'fuse-contract';

/**
 * Whether the mutation, which runs before, may have left another pod to be validated: then the recorded findings are not
 * those that there would have been.
 */
export function wouldMutateElse(record: DecisionRecord, old: Side, next: Side, fuseAlike: boolean): boolean {
  if (record.operation !== 'CREATE' || record.subresource !== null) return false;
  const asks = record.judgements.some(({ check }) => check === contract || check === 'gated-device-claim');
  const mayHold = mayBeMutated(record, old) || mayBeMutated(record, next);
  if (!fuseAlike) return asks || mayHold || next.policy.builders.length > 0;
  const patched = { before: old.policy.mode !== 'audit', after: next.policy.mode !== 'audit' };
  if (patched.before === patched.after || !next.configured.configuration.fuse.permitted(record.namespace ?? '')) {
    return false;
  }
  if (patched.before) return asks || mayHold;
  const isContractRun = old.policy.profile.rules.pod.some(({ check }) => check.id === contract);
  return asks || !isContractRun;
}

/** Whether the pod is as the mutation leaves those that it patches. */
function mayBeMutated({ runtimeClassName, hostUsers }: DecisionRecord, { configured }: Side): boolean {
  return acceptsFuseSandbox(configured.configuration.fuse, runtimeClassName, hostUsers);
}
