import type { Check, Severity } from '../checks/check.ts';
import { bound, type Cel, text, texts } from './cel.ts';

const rank: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };
const longestMessage = 1000;

/** Checks in the order in which a denial tells of them: the worst first, then by id. */
export function inOrder(checks: readonly Check[]): readonly Check[] {
  return checks.toSorted((a, b) => rank[a.severity] - rank[b.severity] || (a.id < b.id ? -1 : 1));
}

/**
 * The message of a denial, of the findings in `variables.denied`: what is wrong and where, then what to do instead, as
 * the webhook writes it; cut at 1,000 characters.
 */
export function messageOf(checks: readonly Check[]): Cel {
  const ordered = inOrder(checks);
  const isGitLab =
    "['job.runner.gitlab.com/pod', 'project.runner.gitlab.com/id'].exists(k, k in object.metadata.?labels.orValue({}))";
  const remedies = `(${isGitLab} ? ${map(ordered, ({ gitlab, remedy }) => gitlab ?? remedy)} : ${map(ordered, ({ remedy }) => remedy)})`;
  const sentences =
    "variables.denied.map(l, l.filter(f, f.check == id).map(f, '[' + id + '] ' + f.says).join(' ')).filter(s, s != '').join(' ')";
  const told = `${texts(ordered.map(({ id }) => id))}.map(id, ${bound('s', sentences, `s == '' ? '' : s + ' ' + ${remedies}[id]`)}).filter(s, s != '').join(' ')`;
  return bound(
    'm',
    `${told}.replace('\\n', ' ')`,
    `size(m) > ${longestMessage} ? m.substring(0, ${longestMessage - 1}) + '…' : m`,
  );
}

function map(checks: readonly Check[], remedyOf: (check: Check) => string): Cel {
  return `{${checks.map((check) => `${text(check.id)}: ${text(remedyOf(check))}`).join(', ')}}`;
}
