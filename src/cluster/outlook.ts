import type { Named, Outlook } from '../output/outlook.ts';
import type { ScannedObject } from './groups.ts';
import { checksThatDeny } from './judging.ts';

/** Collects an outlook, result by result. */
export interface OutlookCollector {
  add(result: ScannedObject): void;
  outlook(): Outlook;
}

/** Starts an outlook; `compares` says whether results tell what they were before. */
export function collectOutlook(compares: boolean): OutlookCollector {
  const notComingBack: Named[] = [];
  const newlyDenied: Named[] = [];
  const newlyAdmitted: Named[] = [];
  return {
    add(result) {
      const { findings, returns, deniedIfEnforced, deniedBefore } = result;
      if (returns && deniedIfEnforced.length > 0) notComingBack.push(named(result, deniedIfEnforced));
      if (deniedBefore === undefined) return;
      const denied = checksThatDeny(findings, 'action');
      if (denied.length > 0 && deniedBefore.length === 0) newlyDenied.push(named(result, denied));
      if (denied.length === 0 && deniedBefore.length > 0) newlyAdmitted.push(named(result, deniedBefore));
    },
    outlook: () => ({
      notComingBack,
      newlyDenied: compares ? newlyDenied : null,
      newlyAdmitted: compares ? newlyAdmitted : null,
    }),
  };
}

function named({ apiVersion, kind, namespace, name, pods }: ScannedObject, checks: readonly string[]): Named {
  return { apiVersion, kind, namespace, name, pods: pods ?? null, checks };
}
