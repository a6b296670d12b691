import { isDeepStrictEqual } from 'node:util';
import type { Expected, Scenario } from './scenarios.ts';

/** What became of a pod. */
export interface Told {
  readonly verdict: Expected['verdict'];
  /** The webhook's own word for its decision. */
  readonly decision: string;
  /** The checks that denied, sorted. */
  readonly checks: readonly string[];
  /** The denial as the pod's author sees it. */
  readonly message: string;
  readonly warnings: readonly string[];
  readonly patch: readonly PatchOperation[];
  /** What else is worth a line. */
  readonly notes: readonly string[];
}

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** Prints what became of a pod, and says whether it is what should have. */
export function report(scenario: Scenario, told: Told): boolean {
  const problems = differences(scenario.expected, told);
  const mark = problems.length === 0 ? '✓' : '✗';
  print(`${mark} ${told.verdict.toUpperCase().padEnd(8)} ${scenario.title}`);
  for (const operation of told.patch)
    print(`    patch    ${operation.op} ${operation.path} ${JSON.stringify(operation.value)}`);
  for (const warning of told.warnings) print(`    warning  ${warning}`);
  for (const note of told.notes) print(`    ${note}`);
  if (told.message !== '') print(wrapped(told.message, '    '));
  for (const problem of problems) print(`    EXPECTED ${problem}`);
  return problems.length === 0;
}

/** Prints a line of the demo. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function differences(expected: Expected, told: Told): readonly string[] {
  const problems: string[] = [];
  if (told.verdict !== expected.verdict) problems.push(`verdict ${expected.verdict}`);
  if (expected.verdict === 'denied') {
    if (!isDeepStrictEqual(told.checks, expected.checks)) problems.push(`a denial by ${expected.checks.join(', ')}`);
    if (told.message === '') problems.push('a message');
  } else if (told.decision !== expected.decision) problems.push(`decision ${expected.decision}, not ${told.decision}`);
  if (expected.verdict === 'patched') {
    const paths = told.patch.map(({ path }) => path).toSorted();
    if (!isDeepStrictEqual(paths, expected.paths.toSorted())) problems.push(`a patch of ${expected.paths.join(', ')}`);
  }
  return problems;
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > 118 && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
