import { agentExaminations } from './agents.ts';
import { certificateExaminations } from './certificates.ts';
import type { About, Diagnosis, Examination, Severity } from './diagnosis.ts';
import { exemptionExaminations } from './exemptions.ts';
import { fuseExaminations } from './fuse.ts';
import { mutationExaminations } from './mutation-policy.ts';
import { mutatorExaminations } from './mutators.ts';
import { overlapExaminations } from './overlaps.ts';
import { netExaminations } from './safety-net.ts';
import { servingExaminations } from './serving.ts';
import { type ClusterState, type Parts, partNames } from './state.ts';
import { webhookExaminations } from './webhooks.ts';
import { writerExaminations } from './writers.ts';

/** Something that could not be looked at, so that nothing is known of it. */
export interface NotLookedAt {
  readonly part: keyof Parts;
  /** For people. */
  readonly what: string;
  readonly why: string;
  /** The diagnoses that there could be. */
  readonly ids: readonly string[];
}

/** All that is to be said of an installation. */
export interface Examined {
  /** The worst first. */
  readonly diagnoses: readonly Diagnosis[];
  readonly notLookedAt: readonly NotLookedAt[];
}

const examinations: readonly Examination[] = [
  ...webhookExaminations,
  ...mutationExaminations,
  ...netExaminations,
  ...servingExaminations,
  ...certificateExaminations,
  ...fuseExaminations,
  ...exemptionExaminations,
  ...writerExaminations,
  ...mutatorExaminations,
  ...overlapExaminations,
  ...agentExaminations,
];

/** The ids of all diagnoses that there can be. */
export const diagnosisIds: readonly string[] = [...new Set(examinations.flatMap(({ ids }) => ids))].sort();

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Says what is wrong with an installation, and what of it nobody has looked at. Pure. */
export function examine(state: ClusterState, about: About): Examined {
  const diagnoses = examinations.flatMap((one) => one.examine(state, about));
  const parts = Object.keys(partNames) as readonly (keyof Parts)[];
  return {
    diagnoses: diagnoses.toSorted((a, b) => rank[a.severity] - rank[b.severity]),
    notLookedAt: parts.flatMap((part): readonly NotLookedAt[] => {
      const one = state[part];
      if (one.kind === 'read') return [];
      const ids = examinations.filter(({ needs }) => needs.includes(part)).flatMap((examination) => examination.ids);
      return [{ part, what: partNames[part], why: one.why, ids: [...new Set(ids)].sort() }];
    }),
  };
}
