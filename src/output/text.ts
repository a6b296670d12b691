import { styleText } from 'node:util';
import { fieldPath } from '../kubernetes/pointer.ts';
import type { ObjectResult, ReadError, ReportedFinding, Reporter } from './result.ts';
import { shown, shownError, shownFile, shownObject, shownPlace } from './shown.ts';
import { counted, summary } from './summary.ts';
import { worstFirst } from './worst-first.ts';

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** Messages up to this length stand in a column; a longer one pushes only its own path aside. */
const widestMessage = 60;

const styles: Readonly<Record<ReportedFinding['action'], Style>> = {
  deny: ['bold', 'red'],
  warn: ['bold', 'yellow'],
  audit: 'cyan',
};

/**
 * Writes a report for people: by file, object and check, the worst first, each remedy once an object, and a last line
 * that sums up. What is clean is not mentioned.
 *
 * `color` adds ANSI colours; whether the output is a terminal that wants them is the caller's to know.
 */
export function textReporter({ color }: { readonly color: boolean }): Reporter {
  // What stdout is must not matter to a pure function.
  const paint: Paint = (style, text) =>
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const block = blocks(paint);
  let noted = 0;
  let isSilent = true;
  return {
    begin: () => '',
    result(result) {
      if (result.findings.length === 0) return '';
      if (result.verdict === 'allow') noted += 1;
      isSilent = false;
      return block(result.file, 'object', objectLines(result, paint));
    },
    error(error) {
      isSilent = false;
      return block(error.file, 'error', [errorLine(error, paint)]);
    },
    end: (totals) => `${isSilent ? '' : '\n'}${paint('bold', summary(totals, noted))}\n`,
  };
}

/** Puts the file's name above its first block, and an empty line between blocks, but not between errors. */
function blocks(paint: Paint): (file: string, what: 'object' | 'error', lines: readonly string[]) => string {
  let last: { readonly file: string; readonly what: string } | undefined;
  return (file, what, lines) => {
    const isSameFile = last?.file === file;
    const gap = last === undefined || (isSameFile && what === 'error' && last.what === 'error') ? '' : '\n';
    const title = isSameFile || file === '' ? '' : `${paint('underline', shownFile(file))}\n`;
    last = { file, what };
    return `${gap}${title}${indented(lines, file === '' ? 0 : 2).join('')}`;
  };
}

function objectLines(result: ObjectResult, paint: Paint): readonly string[] {
  const { at, pods } = result;
  const line = at === undefined ? '' : paint('dim', `, line ${at.line}`);
  const owned = pods === undefined ? '' : paint('dim', `, ${counted(pods, 'pod')}`);
  const groups = Map.groupBy(worstFirst(result.findings), ({ action, severity, check, remedy }) =>
    JSON.stringify([action, severity, check, remedy]),
  );
  const told = new Set<string>();
  return [
    `${paint('bold', shownObject(result))}${line}${owned}\n`,
    ...indented(
      [...groups.values()].flatMap((findings) => checkLines(findings, told, paint)),
      2,
    ),
  ];
}

/** The findings of one check, action, severity and remedy; the remedy unless it was told of this check before. */
function checkLines(findings: readonly ReportedFinding[], told: Set<string>, paint: Paint): readonly string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { action, severity, check, remedy } = first;
  const title = `${paint(styles[action], action.padEnd(5))}  ${severity.padEnd(8)}  ${paint('bold', check)}\n`;
  const known = `${check} ${remedy}`;
  const help = told.has(known) ? [] : [`${paint('green', 'help:')} ${shown(remedy)}\n`];
  told.add(known);
  return [title, ...indented([...findingLines(findings, paint), ...help], 2)];
}

/** One line a finding, in columns: place, message, field. */
function findingLines(findings: readonly ReportedFinding[], paint: Paint): readonly string[] {
  const rows = findings.map(({ at, message, pointer }) => ({
    place: at === undefined ? '' : shownPlace(at),
    message: shown(message),
    path: shown(fieldPath(pointer)),
  }));
  const placeWidth = widest(rows.map(({ place }) => place));
  const messageWidth = Math.min(widestMessage, widest(rows.map(({ message }) => message)));
  return rows.map(({ place, message, path }) => {
    const column = placeWidth === 0 ? '' : `${paint('dim', place.padStart(placeWidth))}  `;
    return `${column}${path === '' ? message : `${message.padEnd(messageWidth)}  ${paint('dim', path)}`}\n`;
  });
}

function errorLine(error: ReadError, paint: Paint): string {
  const place = error.at === undefined ? '' : `${paint('dim', shownPlace(error.at))}  `;
  return `${paint(styles.deny, 'error')}  ${place}${shownError(error)}\n`;
}

function indented(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(by)}${line}`);
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
