import { isDeepStrictEqual } from 'node:util';
import { checks } from '../../checks/registry.ts';
import type { ExemptionDocument } from '../../config/document.ts';
import { endOf } from '../../config/names.ts';
import { allowanceChanges, type Changes, change, listChanges } from './change.ts';
import type { ConfigurationChange } from './usage.ts';

/** Says in words what differs between two lists of exemptions. */
export function exemptionChanges(before: readonly ExemptionDocument[], after: readonly ExemptionDocument[]): Changes {
  const [old, next] = [before, after].map((list) => new Map(list.map((one) => [one.name, one])));
  const changes: ConfigurationChange[] = [];
  for (const exemption of after) {
    const known = old?.get(exemption.name);
    const subject = `exemption ${exemption.name}`;
    if (known !== undefined) changes.push(...changesOfExemption(subject, known, exemption));
    else {
      const where = exemption.namespaces.join(', ');
      const what = Object.keys(exemption.allow).join(', ');
      changes.push(change(subject, `Is new: ${what} in ${where}, until ${exemption.expires}.`, 'weaker'));
    }
  }
  for (const { name } of before) {
    if (next?.has(name) === false) changes.push(change(`exemption ${name}`, 'Is gone.', 'stronger'));
  }
  return changes;
}

function changesOfExemption(subject: string, before: ExemptionDocument, after: ExemptionDocument): Changes {
  const changes: ConfigurationChange[] = [...listChanges(subject, 'namespace', before.namespaces, after.namespaces)];
  for (const field of ['serviceAccounts', 'images', 'users', 'groups'] as const) {
    const [old, next] = [before[field], after[field]];
    if (isDeepStrictEqual(sorted(old), sorted(next))) continue;
    if (old === undefined) changes.push(change(subject, `Is narrowed to ${field} ${words(next)}.`, 'stronger'));
    else if (next === undefined)
      changes.push(change(subject, `Is no longer narrowed to ${field} ${words(old)}.`, 'weaker'));
    else changes.push(...listChanges(subject, `entry of ${field}`, old, next));
  }
  for (const check of checks)
    changes.push(...allowanceChanges(subject, check, before.allow[check.id], after.allow[check.id]));
  if (before.expires !== after.expires) {
    const effect = (endOf(after.expires) ?? 0) > (endOf(before.expires) ?? 0) ? 'weaker' : 'stronger';
    changes.push(change(subject, `Ends ${after.expires}, not ${before.expires}.`, effect));
  }
  for (const field of ['owner', 'reason'] as const) {
    if (before[field] !== after[field]) changes.push(change(subject, `The ${field} differs.`, 'other'));
  }
  return changes;
}

function sorted(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.toSorted();
}

function words(list: readonly string[] | undefined): string {
  return (list ?? []).join(', ');
}
