import { baselineCapabilities, dangerousCapabilities, linuxCapabilities } from '../facts/capabilities.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';
import { type Finding, none, type Severity } from './check.ts';

/** How much a capability gives: root on the node, more than Baseline, or nothing to speak of. */
export type CapabilityRank = 'dangerous' | 'extra' | 'baseline';

const longestName = 64;
const ranks: ReadonlyMap<string, CapabilityRank> = new Map([
  ...linuxCapabilities.map((name) => [name, 'extra'] as const),
  ...baselineCapabilities.map((name) => [name, 'baseline'] as const),
  ...dangerousCapabilities.map((name) => [name, 'dangerous'] as const),
]);

/**
 * Finds added capabilities of one rank. A name that Linux does not have is dangerous: no node of today gives it, and
 * nobody knows what one of tomorrow does.
 */
export function findCapabilities(
  subject: PodSubject,
  { id, severity }: { readonly id: string; readonly severity: Severity },
  rank: CapabilityRank,
): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const container of subject.containers) {
    const added = container.value.securityContext?.capabilities?.add;
    if (added == null) continue;
    for (let index = 0; index < added.length; index++) {
      const written = added[index] ?? '';
      const name = canonicalCapability(written);
      if (rankOf(name, written) !== rank) continue;
      findings ??= [];
      findings.push({
        check: id,
        severity,
        pointer: pointerTo(container.at, 'securityContext', 'capabilities', 'add', index),
        place: { container: container.name },
        message: ranks.has(name)
          ? `container "${container.name}" adds ${name === 'ALL' ? 'all capabilities' : `the capability ${name}`}`
          : `container "${container.name}" adds an unknown capability ${JSON.stringify(printable(name, longestName))}`,
        value: printable(name, longestName),
      });
    }
  }
  return findings ?? none;
}

/** A spelling that only some runtimes read is more than Baseline, which lists names to the letter. */
function rankOf(name: string, written: string): CapabilityRank {
  const rank = ranks.get(name) ?? 'dangerous';
  return rank === 'baseline' && name !== written ? 'extra' : rank;
}

/** Whether a set of names, each in any of its spellings, has a capability. */
export function hasCapability(names: ReadonlySet<string> | undefined, name: string): boolean {
  if (names === undefined) return false;
  if (names.has(name)) return true;
  for (const one of names) if (canonicalCapability(one) === name) return true;
  return false;
}

/**
 * The name as the kernel has it: the runtimes read `sys_admin`, `CAP_SYS_ADMIN` and `all` (containerd and CRI-O change
 * the case, CRI-O drops the prefix), once each.
 */
export function canonicalCapability(text: string): string {
  if (ranks.has(text)) return text;
  const upper = text.trim().toUpperCase();
  return upper.startsWith('CAP_') ? upper.slice('CAP_'.length) : upper;
}
