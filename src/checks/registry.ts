import type { Check } from './check.ts';
import { fuseContract } from './fuse-contract.ts';
import { fuseLabel } from './fuse-label.ts';

/** All checks, sorted by id: the order of output is part of the contract. */
export const checks: readonly Check[] = [fuseContract, fuseLabel];

const byId: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));

/** The check of an id, or undefined. */
export function checkById(id: string): Check | undefined {
  return byId.get(id);
}
