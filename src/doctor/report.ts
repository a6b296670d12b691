import { styleText } from 'node:util';
import { printable } from '../matching/printable.ts';
import { jsonText } from '../output/json-text.ts';
import { counted } from '../output/summary.ts';
import type { Diagnosis, Severity } from './diagnosis.ts';
import type { Examined, NotLookedAt } from './examine.ts';

/** What is examined, for people. */
export interface Installation {
  readonly namespace: string;
  readonly name: string;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const styles: Readonly<Record<Severity, Style>> = {
  error: ['bold', 'red'],
  warning: ['bold', 'yellow'],
  info: 'cyan',
};

/** A command is to be copied whole; what the configuration is read from holds no more. */
const longest = 20_000;

/**
 * 1: something is wrong; 2: nothing is known to be, but not everything could be looked at; 0: neither. What is only worth
 * knowing counts for nothing, nor do counters that cannot be reached.
 */
export function exitCodeOf({ diagnoses, notLookedAt }: Examined): 0 | 1 | 2 {
  if (diagnoses.some(({ severity }) => severity !== 'info')) return 1;
  return notLookedAt.some(({ part }) => part !== 'usage') ? 2 : 0;
}

/** Writes the report for people: the worst first, what was not looked at, and a last line that sums up. */
export function doctorText(
  examined: Examined,
  { namespace, name }: Installation,
  { color }: { readonly color: boolean },
): string {
  const paint: Paint = (style, text) =>
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const { diagnoses, notLookedAt } = examined;
  const blocks = [
    ...diagnoses.map((one) => diagnosisText(one, paint)),
    ...(notLookedAt.length === 0 ? [] : [notLookedAtText(notLookedAt, paint)]),
  ];
  const line = paint('bold', `${shown(`${namespace}/${name}`)}: ${summary(examined)}`);
  return [...blocks, `${line}\n`].join('\n');
}

/** Writes the report as one line of JSON. */
export function doctorJson(examined: Examined, installation: Installation): string {
  const { diagnoses, notLookedAt } = examined;
  const count = (severity: Severity) => diagnoses.filter((one) => one.severity === severity).length;
  const counts = { errors: count('error'), warnings: count('warning'), infos: count('info') };
  return `${jsonText({ version: 1, installation, counts, diagnoses, notLookedAt })}\n`;
}

function diagnosisText({ id, severity, title, evidence, remedy, command }: Diagnosis, paint: Paint): string {
  const lines = [
    `${paint(styles[severity], severity.padEnd(7))}  ${paint('bold', id)}`,
    `  ${shown(title)}`,
    ...evidence.map((line) => `  ${paint('dim', '-')} ${shown(line)}`),
    `  ${paint('green', 'help:')} ${shown(remedy)}`,
    // Every line of a command begins where a terminal would copy it from; of a here-document it must.
    ...(command === null ? [] : command.split('\n').map(shown)),
  ];
  return `${lines.join('\n')}\n`;
}

function notLookedAtText(all: readonly NotLookedAt[], paint: Paint): string {
  const lines = all.map(
    ({ what, why, ids }) =>
      `  ${shown(what)}: ${shown(why)}\n    ${paint('dim', `so that nothing is known of ${ids.join(', ')}`)}`,
  );
  return `${paint('bold', 'not looked at')}\n${lines.join('\n')}\n`;
}

function summary({ diagnoses, notLookedAt }: Examined): string {
  const count = (severity: Severity) => diagnoses.filter((one) => one.severity === severity).length;
  const told = [
    ...(count('error') === 0 ? [] : [counted(count('error'), 'error')]),
    ...(count('warning') === 0 ? [] : [counted(count('warning'), 'warning')]),
    ...(count('info') === 0 ? [] : [counted(count('info'), 'note')]),
  ];
  const found = told.length === 0 ? 'nothing wrong was found' : told.join(', ');
  return notLookedAt.length === 0 ? found : `${found}; ${counted(notLookedAt.length, 'part')} not looked at`;
}

/** Names are somebody else's to choose; a terminal and a CI system must not obey them. */
function shown(text: string): string {
  return printable(text, longest).replaceAll('##', '#\\u{23}');
}
