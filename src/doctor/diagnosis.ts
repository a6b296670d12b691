import type { ClusterState, Parts } from './state.ts';

/** How bad it is: broken or open, about to be or more open than it should, or worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** Something that is wrong with an installation. */
export interface Diagnosis {
  /** Kebab-case, and never used for anything else. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly title: string;
  /** What was seen, a line each. */
  readonly evidence: readonly string[];
  /** What to do, for people. */
  readonly remedy: string;
  /** What does it, for a shell; null where that needs a decision that only people can take. */
  readonly command: string | null;
}

/** What is examined, beside the parts of the cluster. */
export interface About {
  /** Of the installation. */
  readonly namespace: string;
  /** Of its Deployment, its Service and its webhook configurations. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly clock: number;
  /** Of the program that examines: what should be there is computed by its own code. */
  readonly version: string;
  /** Who may write what decides, as `Kind:name` or `ServiceAccount:namespace/name`. */
  readonly trusted: ReadonlySet<string>;
}

/** A pure function from some parts of a cluster to diagnoses. */
export interface Examination {
  readonly ids: readonly string[];
  readonly needs: readonly (keyof Parts)[];
  /** The parts that it needs and that were not read; it says nothing then. */
  missing(state: ClusterState): readonly (keyof Parts)[];
  examine(state: ClusterState, about: About): readonly Diagnosis[];
}

/** Makes an examination of the parts that it needs, all of which it gets. */
export function examination<K extends keyof Parts>(
  ids: readonly string[],
  needs: readonly K[],
  examine: (parts: Pick<Parts, K>, about: About) => readonly Diagnosis[],
): Examination {
  const missing = (state: ClusterState) => needs.filter((part) => state[part].kind === 'unread');
  return {
    ids,
    needs,
    missing,
    examine(state, about) {
      if (missing(state).length > 0) return [];
      const parts: Partial<Record<K, unknown>> = {};
      for (const part of needs) {
        const one = state[part];
        if (one.kind === 'read') parts[part] = one.value;
      }
      return examine(parts as Pick<Parts, K>, about);
    },
  };
}
