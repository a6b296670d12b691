import { styleText } from 'node:util';
import { stringify } from 'yaml';
import type { ConfigurationDocument } from '../config/document.ts';
import { printable } from '../matching/printable.ts';
import { jsonText } from '../output/json-text.ts';
import { counted } from '../output/summary.ts';
import type { Difference, ExceptionReport, Migration, RuleReport, Verdict } from './result.ts';

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const styles: Readonly<Record<Verdict, Style>> = {
  equal: ['bold', 'green'],
  stricter: ['bold', 'green'],
  looser: ['bold', 'red'],
  partly: ['bold', 'yellow'],
  left: 'cyan',
  unproven: ['bold', 'yellow'],
};

/** What each verdict means, for people; the key of the report. */
const meanings: Readonly<Record<Verdict, string>> = {
  equal: 'covered: both object to the same',
  stricter: 'covered: Pratique objects to more',
  looser: 'Pratique objects to less',
  partly: 'each objects to something that the other does not',
  left: 'left with Kyverno',
  unproven: 'not tried',
};

/** Writes the report for people: each rule with what covers it, the exceptions, and a last line that sums up. */
export function migrationText(
  migration: Migration,
  options: { readonly color: boolean; readonly differences: number },
): string {
  const { rules, exceptions, toFillIn, kyverno } = migration;
  const paint: Paint = (style, text) =>
    options.color && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const blocks = [
    ...(kyverno === undefined
      ? ["Kyverno's CLI was not found: nothing below is proven, it is only what the text of each rule shows.\n"]
      : [`What Kyverno ${shown(kyverno)} and Pratique answered on the same objects.\n`]),
    ...rules.map((one) => ruleText(one, options.differences, paint)),
    ...exceptions.map((one) => exceptionText(one, options.differences, paint)),
    ...(toFillIn.length === 0
      ? []
      : [`${paint('bold', 'to fill in')}\n${toFillIn.map((one) => `  - ${shown(one)}\n`).join('')}`]),
  ];
  return [...blocks, `${paint('bold', summary(migration))}\n`].join('\n');
}

/** Writes the report as one line of JSON. */
export function migrationJson(migration: Migration): string {
  const { kyverno, rules, exceptions, configuration, toFillIn, errors } = migration;
  return `${jsonText({
    version: 1,
    kyverno: kyverno ?? null,
    counts: countsOf(rules),
    rules: rules.map((one) => ({ ...one, why: one.why ?? null })),
    exceptions: exceptions.map((one) => ({ ...one, exemption: one.exemption ?? null, why: one.why ?? null })),
    configuration,
    toFillIn,
    errors,
  })}\n`;
}

/** Writes the proposed configuration as a file, with what has to be filled in at its top. */
export function configurationText(configuration: ConfigurationDocument, toFillIn: readonly string[]): string {
  const todo = toFillIn.map((one) => `#   ${shown(one)}\n`).join('');
  const head = todo === '' ? '' : `# To fill in before \`pratique config validate\` takes it:\n${todo}`;
  return head + stringify(configuration, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 120 });
}

function ruleText(rule: RuleReport, most: number, paint: Paint): string {
  const { verdict, kind, policy, name, action, deed, checks, why, notes, compared, agreed, lost, gained, otherwise } =
    rule;
  const isCovered = checks.length > 0 && verdict !== 'unproven';
  const tried = compared.own === 0 ? '' : `, ${counted(compared.own, 'object')} of yours`;
  const head = `${paint(styles[verdict], verdict.padEnd(8))}  ${paint('bold', shown(`${kind} ${policy}: ${name}`))} (${deed === 'mutate' ? 'mutates' : action})`;
  const lines = [
    ...(why === undefined ? [] : [why]),
    ...(checks.length === 0 ? [] : [`${verdict === 'unproven' ? 'about' : 'covered by'} ${checks.join(', ')}`]),
    ...(isCovered ? [needsText(rule)] : []),
    ...(compared.cases === 0
      ? []
      : [
          `${compared.cases} cases${tried}: ${agreed} alike, ${lost.length} only by Kyverno, ${gained.length} only by Pratique${otherwise.length === 0 ? '' : `, ${otherwise.length} otherwise`}`,
        ]),
    ...notes,
  ];
  return [
    head,
    ...lines.map((line) => `  ${shown(line)}`),
    ...differencesText('only by Kyverno', lost, most, paint),
    ...differencesText('only by Pratique', gained, most, paint),
    ...differencesText('otherwise', otherwise, most, paint),
    '',
  ].join('\n');
}

function needsText({ needs }: RuleReport): string {
  const entries = Object.entries(needs).map(([key, value]) => {
    return `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return entries.length === 0 ? 'profile dind has it' : `to write: ${entries.join(', ')}`;
}

function exceptionText(one: ExceptionReport, most: number, paint: Paint): string {
  const { name, exemption, why, notes, agreed, lost, gained } = one;
  const word = exemption === undefined ? paint('cyan', 'left    ') : paint(['bold', 'green'], 'exempt  ');
  const lines = [
    ...(why === undefined ? [] : [why]),
    ...(exemption === undefined ? [] : [`becomes the exemption ${exemption}`]),
    ...(agreed + lost.length + gained.length === 0
      ? []
      : [`let through by both: ${agreed}, only by Kyverno: ${lost.length}, only by Pratique: ${gained.length}`]),
    ...notes,
  ];
  return [
    `${word}  ${paint('bold', shown(`PolicyException ${name}`))}`,
    ...lines.map((line) => `  ${shown(line)}`),
    ...differencesText('only by Kyverno', lost, most, paint),
    ...differencesText('only by Pratique', gained, most, paint),
    '',
  ].join('\n');
}

/** Objects of the user's first: they are what is at stake. */
function differencesText(title: string, all: readonly Difference[], most: number, paint: Paint): readonly string[] {
  if (all.length === 0 || most === 0) return [];
  const own = all.filter(({ from }) => from !== 'case');
  const first = [...own, ...all.filter(({ from }) => from === 'case')].slice(0, most);
  const rest = all.length - first.length;
  return [
    `  ${paint('dim', `${title}:`)}`,
    ...first.flatMap(({ object, from, kyverno, pratique }) => [
      `    - ${shown(from === 'case' ? object : `${object} (${from})`)}`,
      `        Kyverno: ${shown(kyverno)}`,
      `        Pratique: ${shown(pratique)}`,
    ]),
    ...(rest === 0 ? [] : [`    - and ${rest} more`]),
  ];
}

function countsOf(rules: readonly RuleReport[]): Readonly<Record<Verdict, number>> {
  const count = (verdict: Verdict) => rules.filter((one) => one.verdict === verdict).length;
  const verdicts = Object.keys(meanings) as readonly Verdict[];
  return Object.fromEntries(verdicts.map((verdict) => [verdict, count(verdict)])) as Record<Verdict, number>;
}

function summary({ rules, exceptions }: Migration): string {
  const told = Object.entries(countsOf(rules)).filter(([, count]) => count > 0);
  const words = told.map(([verdict, count]) => `${count} ${meanings[verdict as Verdict]}`);
  const also = exceptions.length === 0 ? '' : `; ${counted(exceptions.length, 'exception')}`;
  return `${counted(rules.length, 'rule')}${words.length === 0 ? '' : `: ${words.join('; ')}`}${also}`;
}

/** Texts of a policy are its author's to choose; a terminal and a CI system must not obey them. */
function shown(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim(), 600).replaceAll('##', '#\\u{23}');
}
