import type { FindingCount, WorkloadChange } from './roll-out.ts';
import { type Stored, workloadOf } from './rows.ts';

/** So many workloads, and so many findings of one, are told apart; the rest is counted. */
const mostWorkloads = 20_000;
const mostFindings = 50;

/** What of a finding is told. */
export interface Shown {
  readonly check: string;
  readonly place: { readonly container?: string; readonly volume?: string; readonly key?: string };
  readonly value: string;
}

/** Counts findings that are alike. */
export interface FindingTally {
  add(findings: readonly Shown[]): void;
  /** The most frequent first. */
  counts(): readonly FindingCount[];
}

/** Counts records by workload. */
export interface WorkloadTally {
  add(stored: Stored, findings: readonly Shown[]): void;
  /** Those with the most records first, and how many there are besides. */
  top(limit: number): { readonly workloads: readonly WorkloadChange[]; readonly more: number };
}

/** Starts to count findings; a record with the same finding twice counts once. */
export function findingTally(): FindingTally {
  const counts = new Map<string, { -readonly [K in keyof FindingCount]: FindingCount[K] }>();
  return {
    add(findings) {
      const seen = new Set<string>();
      for (const { check, place, value } of findings) {
        const { container = null, volume = null, key = null } = place;
        const id = JSON.stringify([check, container, volume, key, value]);
        if (seen.has(id)) continue;
        seen.add(id);
        const known = counts.get(id);
        if (known !== undefined) known.n++;
        else if (counts.size < mostFindings) counts.set(id, { check, container, volume, key, value, n: 1 });
      }
    },
    counts: () => [...counts.values()].sort((a, b) => b.n - a.n),
  };
}

interface Counted {
  readonly namespace: string | null;
  readonly workload: string | null;
  n: number;
  first: number;
  last: number;
  lastId: number;
  readonly findings: FindingTally;
}

/** Starts to count workloads. */
export function workloadTally(): WorkloadTally {
  const all = new Map<string, Counted>();
  let beyond = 0;
  return {
    add({ id, ts, record }, findings) {
      const [namespace, workload] = [record.namespace, workloadOf(record)];
      const key = JSON.stringify([namespace, workload]);
      let known = all.get(key);
      if (known === undefined) {
        if (all.size === mostWorkloads) {
          beyond++;
          return;
        }
        known = { namespace, workload, n: 0, first: ts, last: ts, lastId: id, findings: findingTally() };
        all.set(key, known);
      }
      known.n++;
      known.first = Math.min(known.first, ts);
      if (ts > known.last) {
        known.last = ts;
        known.lastId = id;
      }
      known.findings.add(findings);
    },
    top(limit) {
      const sorted = [...all.values()].sort((a, b) => b.n - a.n || b.last - a.last);
      const workloads = sorted
        .slice(0, limit)
        .map(({ findings, ...rest }) => ({ ...rest, findings: findings.counts() }));
      return { workloads, more: sorted.length - workloads.length + beyond };
    },
  };
}
