import { remedyFor } from '../admission/message.ts';
import type { Judgement } from '../admission/outcome.ts';
import type { Subject } from '../kubernetes/subject.ts';
import type { ReportedFinding } from './result.ts';

/** A finding as it is reported, without its place in a text; undefined for one that was tolerated. */
export function reportedFinding({ finding, outcome }: Judgement, subject: Subject): ReportedFinding | undefined {
  if (outcome === 'ignore') return undefined;
  const { check, severity, pointer, place, message, value } = finding;
  return { check, severity, action: outcome, pointer, place, message, remedy: remedyFor(finding, subject), value };
}
