import type { Finding, Severity } from '../checks/check.ts';
import { checkById } from '../checks/registry.ts';
import { fieldPath } from '../kubernetes/pointer.ts';
import type { StatusCause } from '../kubernetes/review.ts';
import type { Subject } from '../kubernetes/subject.ts';

const longestMessage = 1000;
const longestWarning = 120;
const mostWarnings = 30;
const mostCauses = 50;

const rank: Readonly<Record<Severity, number>> = { critical: 3, high: 2, medium: 1, low: 0 };

/**
 * Writes the message of a denial for the person who reads a job log: what is wrong and where, then what to do instead.
 *
 * The worst finding comes first, the others by check id; a check's remedy stands after its first finding. Cut at a
 * finding's boundary at 1,000 characters, with "and N more".
 */
export function denialMessage(findings: readonly Finding[], subject: Subject): string {
  const gitlab = isGitLabPod(subject);
  const told = new Set<string>();
  let message = '';
  for (const [index, finding] of inOrder(findings).entries()) {
    const sentence = sentenceOf(finding, gitlab, told);
    const rest = findings.length - index - 1;
    const tail = rest === 0 ? '' : more(rest);
    const next = message === '' ? cut(sentence, longestMessage - tail.length) : `${message} ${sentence}`;
    if (next.length + tail.length > longestMessage) return `${message}${more(rest + 1)}`;
    message = next;
  }
  return message;
}

function more(count: number): string {
  return ` … and ${count} more`;
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Lists the findings of a denial as a Status carries them, at most 50. */
export function denialCauses(findings: readonly Finding[]): readonly StatusCause[] {
  return inOrder(findings)
    .slice(0, mostCauses)
    .map(({ check, message, pointer }) => ({ reason: check, message: printable(message), field: fieldPath(pointer) }));
}

/**
 * Writes warnings as the API server passes them on: at most 120 characters each and without control characters, and few
 * enough that their sum stays below 4,096, over which it would cut them all.
 */
export function warningTexts(
  findings: readonly { readonly finding: Finding; readonly wouldDeny: boolean }[],
): readonly string[] {
  const texts = new Set<string>();
  for (const [index, { finding, wouldDeny }] of findings.entries()) {
    const text = warningText(`${wouldDeny ? 'would be denied: ' : ''}[${finding.check}] ${finding.message}`);
    if (texts.has(text)) continue;
    // The last place is for the rest, when there is one; nothing is written that nobody is told.
    if (texts.size === mostWarnings - 1 && index < findings.length - 1) {
      return [...texts, `and ${findings.length - index} more findings`];
    }
    texts.add(text);
  }
  return [...texts];
}

/** Makes one warning of a text. */
export function warningText(text: string): string {
  const clean = [...printable(text)];
  return clean.length <= longestWarning ? clean.join('') : `${clean.slice(0, longestWarning - 1).join('')}…`;
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const byId = findings.toSorted((a, b) => (a.check < b.check ? -1 : a.check > b.check ? 1 : 0));
  const worst = byId.reduce<Finding | undefined>(
    (best, one) => (best === undefined || rank[one.severity] > rank[best.severity] ? one : best),
    undefined,
  );
  return worst === undefined ? byId : [worst, ...byId.filter((one) => one !== worst)];
}

/** What is wrong and where, and the remedy unless it was told before. */
function sentenceOf(finding: Finding, gitlab: boolean, told: Set<string>): string {
  const sentence = printable(`[${finding.check}] ${finding.message} (${fieldPath(finding.pointer)}).`);
  const remedy = remedyOf(finding, gitlab);
  if (told.has(remedy)) return sentence;
  told.add(remedy);
  return `${sentence} ${remedy}`;
}

/** What to do instead, in the words of whoever made the pod. */
export function remedyFor(finding: Finding, subject: Subject): string {
  return remedyOf(finding, isGitLabPod(subject));
}

function remedyOf(finding: Finding, gitlab: boolean): string {
  if (finding.remedy !== undefined) return finding.remedy;
  const check = checkById(finding.check);
  return (gitlab ? check?.gitlab : undefined) ?? check?.remedy ?? '';
}

/** GitLab Runner's reserved labels only choose the words of a message: whoever forges them is told of GitLab. */
function isGitLabPod({ labels }: Subject): boolean {
  return Object.hasOwn(labels, 'job.runner.gitlab.com/pod') || Object.hasOwn(labels, 'project.runner.gitlab.com/id');
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out; the API server drops warnings that have them
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
