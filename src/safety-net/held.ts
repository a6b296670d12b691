import type { Check } from '../checks/check.ts';
import { checkById } from '../checks/registry.ts';
import type { ResolvedProfile } from '../config/profiles.ts';

/** The checks that the net holds; the others need the webhook. */
export const heldChecks = [
  'dangerous-capabilities',
  'dind-image',
  'engine-socket-mount',
  'fuse-contract',
  'host-ipc',
  'host-network',
  'host-path-protected',
  'host-path-unlisted',
  'host-pid',
  'privileged',
] as const;
export type HeldCheck = (typeof heldChecks)[number];

/** The check of an id; throws for one that is not there. */
export function checkNamed(id: string): Check {
  const check = checkById(id);
  if (check === undefined) throw new Error(`There is no check ${id}.`);
  return check;
}

/** Whether a profile denies what a check finds: the net holds nothing else. */
export function isDenied(profile: ResolvedProfile, check: string): boolean {
  return profile.checks.get(check)?.action === 'deny';
}
