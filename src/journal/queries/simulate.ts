import type { Decision, WebhookPath } from '../../admission/outcome.ts';
import type { Configured } from './configured.ts';
import { recordConditions } from './filter.ts';
import type { Journal } from './questions.ts';
import { rejudgeAll } from './rejudge-all.ts';
import type { SimulateQuestion, SimulateResult } from './roll-out.ts';
import { workloadTally } from './workload-tally.ts';

/**
 * Judges recorded decisions under another configuration: which requests would newly be denied, and which admitted. What
 * cannot be judged is told with its reason, and never taken for fine.
 *
 * `clock`, in milliseconds since the epoch, decides which of its exemptions have expired.
 */
export async function simulate(
  db: Journal,
  question: SimulateQuestion,
  configured: Configured,
  clock: number,
): Promise<SimulateResult> {
  const [denied, admitted] = [workloadTally(), workloadTally()];
  const changes = new Map<string, { readonly from: Decision; readonly to: Decision; n: number }>();
  let unchanged = 0;
  const coverage = await rejudgeAll(db, {
    range: question,
    wheres: [(e) => recordConditions(e, question.filter, question)],
    targetFor: () => ({ configured }),
    clock,
    visit(stored, result) {
      if (result.kind === 'unjudged') return;
      const { record } = stored;
      const [from, to] = [record.decision, result.decision];
      if (from === to) {
        unchanged++;
        return;
      }
      const key = `${from} ${to}`;
      const known = changes.get(key) ?? { from, to, n: 0 };
      known.n++;
      changes.set(key, known);
      const [before, after] = [isDenied(record.webhook, from), isDenied(record.webhook, to)];
      if (after && !before)
        denied.add(
          stored,
          result.judgements.filter((one) => one.outcome === 'deny').map(({ finding }) => finding),
        );
      if (before && !after)
        admitted.add(
          stored,
          record.judgements.filter((one) => one.outcome === 'deny'),
        );
    },
  });
  const [newlyDenied, newlyAdmitted] = [denied.top(question.limit), admitted.top(question.limit)];
  return {
    newlyDenied: newlyDenied.workloads,
    newlyAdmitted: newlyAdmitted.workloads,
    more: newlyDenied.more + newlyAdmitted.more,
    changes: [...changes.values()].sort((a, b) => b.n - a.n),
    unchanged,
    coverage,
  };
}

function isDenied(webhook: WebhookPath, decision: Decision): boolean {
  return webhook === 'validate' && decision === 'deny';
}
