import { fieldPath } from '../kubernetes/pointer.ts';
import { filePath } from './file-path.ts';
import type { ObjectResult, ReportedFinding, Reporter, TextPlace } from './result.ts';
import { shown, shownError, shownObject } from './shown.ts';
import { summary } from './summary.ts';
import { worstFirst } from './worst-first.ts';

const commands: Readonly<Record<ReportedFinding['action'], string>> = {
  deny: 'error',
  warn: 'warning',
  audit: 'notice',
};

/** One annotation: an empty file is none. */
interface Annotation {
  readonly command: string;
  readonly file: string;
  readonly at: TextPlace | undefined;
  readonly title: string;
  readonly message: string;
}

/**
 * Writes workflow commands, which GitHub shows at the lines of a pull request, and a last line for the job log.
 *
 * GitHub shows ten errors, ten warnings and ten notices of a step, so the worst of each object comes first.
 */
export function githubReporter(): Reporter {
  let noted = 0;
  return {
    begin: () => '',
    result(result) {
      if (result.verdict === 'allow' && result.findings.length > 0) noted += 1;
      return worstFirst(result.findings)
        .map((finding) => annotation(annotationOf(finding, result)))
        .join('');
    },
    error: (error) =>
      annotation({
        command: 'error',
        file: error.file,
        at: error.at,
        title: 'could not be read',
        message: shownError(error),
      }),
    end: (totals) => `${summary(totals, noted)}\n`,
  };
}

function annotationOf(finding: ReportedFinding, result: ObjectResult): Annotation {
  const path = fieldPath(finding.pointer);
  const where = path === '' ? '' : ` (${shown(path)})`;
  return {
    command: commands[finding.action],
    file: result.file,
    at: finding.at ?? result.at,
    title: `${finding.check}: ${shownObject(result)}`,
    message: `${shown(finding.message)}${where}.\n${shown(finding.remedy)}`,
  };
}

function annotation({ command, file, at, title, message }: Annotation): string {
  const path = file === '-' ? '' : shown(filePath(file), Number.POSITIVE_INFINITY);
  const properties = [
    path === '' ? undefined : `file=${escapedProperty(path)}`,
    path === '' || at === undefined ? undefined : `line=${at.line},col=${at.column}`,
    `title=${escapedProperty(title)}`,
  ];
  return `::${command} ${properties.filter((property) => property !== undefined).join(',')}::${escapedData(message)}\n`;
}

/** As @actions/core escapes the message of a command. */
function escapedData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** As @actions/core escapes a property of a command. */
function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
