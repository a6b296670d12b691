import { readFileSync, writeFileSync } from 'node:fs';
import { type OracleFigures, readFigures } from '../properties/oracle/figures.ts';
import { isPathOrImageCode, readReasons, type Sorted, type Survivor, sortSurvivors } from './known.ts';

/** What is read of Stryker's JSON report (mutation-testing-elements, report schema 2). */
interface StrykerReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Both count from 1; an end is behind the last character. */
interface Position {
  readonly line: number;
  readonly column: number;
}

const lowestScore = 85;

interface Counts {
  readonly name: string;
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly uncovered: number;
}

const { files } = JSON.parse(readFileSync('reports/mutation/mutation.json', 'utf8')) as StrykerReport;
const perFile = Object.entries(files).map(([name, { mutants }]) => counted(name, mutants));
const sorted = sortSurvivors(survivorsOf(files), readReasons());
writeFileSync(new URL('report.md', import.meta.url), reportOf(perFile, sorted, readFigures()));

const problems = problemsOf(perFile, sorted);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function counted(name: string, mutants: readonly Mutant[]): Counts {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length;
  return {
    name,
    killed: count('Killed'),
    timeout: count('Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
  };
}

function survivorsOf(all: StrykerReport['files']): readonly Survivor[] {
  return Object.entries(all).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ mutatorName, replacement = '', location }) => ({
        file,
        line: location.start.line,
        text: (lines[location.start.line - 1] ?? '').trim(),
        mutator: mutatorName,
        change: `${oneLine(originalOf(lines, location))} → ${oneLine(replacement)}`,
      }));
  });
}

function originalOf(lines: readonly string[], { start, end }: Mutant['location']): string {
  const covered = lines.slice(start.line - 1, end.line);
  const last = covered.length - 1;
  return covered
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : Number.POSITIVE_INFINITY),
    )
    .join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function problemsOf(counts: readonly Counts[], { unexplained, stale }: Sorted): readonly string[] {
  const score = scoreOf(summed('all', counts));
  return [
    ...(score < lowestScore
      ? [`The mutation score is ${score.toFixed(1)} %, and should be at least ${lowestScore} %.`]
      : []),
    ...unexplained.map((one) => `Not in survivors.yaml: ${lineOf(one)}`),
    ...stale.map((entry) => `In survivors.yaml, but nothing survives: ${JSON.stringify(entry)}`),
  ];
}

function summed(name: string, counts: readonly Counts[]): Counts {
  const sum = (key: 'killed' | 'timeout' | 'survived' | 'uncovered') =>
    counts.reduce((total, one) => total + one[key], 0);
  return {
    name,
    killed: sum('killed'),
    timeout: sum('timeout'),
    survived: sum('survived'),
    uncovered: sum('uncovered'),
  };
}

/** In per cent: killed and timed out among all that could have been; 100 where there is no mutant. */
function scoreOf({ killed, timeout, survived, uncovered }: Counts): number {
  const all = killed + timeout + survived + uncovered;
  return all === 0 ? 100 : (100 * (killed + timeout)) / all;
}

function reportOf(counts: readonly Counts[], { explained, unexplained }: Sorted, oracle: OracleFigures): string {
  const folders = Map.groupBy(counts, ({ name }) => name.split('/').slice(0, 2).join('/'));
  const path = counts.filter(({ name }) => isPathOrImageCode(name));
  return `${[
    '# The nightly',
    'Written by `npm run nightly` (test/mutation/report.ts).',
    '## Pods against the oracle',
    ...oracleTold(oracle),
    '## Mutants',
    'What is mutated, and what is not: test/mutation/stryker.config.ts.',
    '### By folder',
    tableOf([
      ...[...folders].map(([name, ones]) => summed(name, ones)),
      summed('path and image code', path),
      summed('all', counts),
    ]),
    '### By file',
    tableOf(counts),
    '### Survivors, and why they are left',
    ...explained.map(({ reason, survivors }) => [reason.why, ...survivors.map((one) => `- ${lineOf(one)}`)].join('\n')),
    ...(unexplained.length === 0
      ? []
      : [['Not looked at yet:', ...unexplained.map((one) => `- ${lineOf(one)}`)].join('\n')]),
  ].join('\n\n')}\n`;
}

/** The run would have ended at the first pod of which the two say different things. */
function oracleTold({ pods, checks }: OracleFigures): readonly string[] {
  return [
    `${pods} generated pods, ${checks.length} checks: 0 disagreements (test/properties/oracle/agreement.test.ts). In how many of the pods each check found something, and in how many nothing else that could hide a loss:`,
    [
      '| check | found | alone |',
      '| --- | ---: | ---: |',
      ...checks.map(({ id, found, alone }) => `| ${id} | ${found} | ${alone} |`),
    ].join('\n'),
  ];
}

function tableOf(counts: readonly Counts[]): string {
  return [
    '| | killed | timed out | survived | no test | score |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...counts.map(
      (one) =>
        `| ${one.name} | ${one.killed} | ${one.timeout} | ${one.survived} | ${one.uncovered} | ${scoreOf(one).toFixed(1)} % |`,
    ),
  ].join('\n');
}

function lineOf({ file, line, mutator, change }: Survivor): string {
  const [original = '', replacement = ''] = change.split(' → ');
  return `${file}:${line} ${mutator}: ${code(shortened(original))} → ${code(shortened(replacement))}`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Code in Markdown, whatever quotes it has. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
