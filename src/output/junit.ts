import XMLBuilder from 'fast-xml-builder';
import { fieldPath } from '../kubernetes/pointer.ts';
import { filePath } from './file-path.ts';
import { type Occurrences, occurrences, scopeOf } from './occurrences.ts';
import type { ObjectResult, ReadError, ReportedFinding, Reporter, TextPlace } from './result.ts';
import { shown, shownError, shownFile, shownObject, shownPlace } from './shown.ts';
import { worstFirst } from './worst-first.ts';

/** An element of XML as the builder takes it: attributes begin with `@`. */
type Element = { readonly [name: string]: string | number | undefined | Element | readonly Element[] };

const builder = new XMLBuilder({
  attributeNamePrefix: '@',
  ignoreAttributes: false,
  format: true,
  suppressEmptyNode: true,
  // An attribute whose value is `true` would otherwise lose it.
  suppressBooleanAttributes: false,
});

/**
 * Writes JUnit's XML as GitLab and Jenkins read it.
 *
 * - One suite an object, since a suite's counts stand before its cases: a suite a file would have to be kept whole.
 * - One case a finding. What denies is a failure. What warns is `skipped`, the one state that both show with its text
 *   and that fails nothing: a warning must not turn the report red when the exit code is 0. What is only noted has
 *   passed, with its text as output; so has an object without findings.
 * - What could not be read is an error in a suite of its own.
 * - GitLab keeps one case of those that have the same names of suite, class and case: doubles get a number.
 * - GitLab shows the text of an element, Jenkins that of a skipped case's attribute: both hold it.
 */
export function junitReporter(): Reporter {
  const count = occurrences();
  return {
    begin: () => '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="pratique">\n',
    result: (result) => builder.build({ testsuite: objectSuite(result, count) }),
    error: (error) => builder.build({ testsuite: errorSuite(error, count) }),
    end: () => '</testsuites>\n',
  };
}

function objectSuite(result: ObjectResult, count: Occurrences): Element {
  const { file, at, findings } = result;
  const actions = findings.map(({ action }) => action);
  const counts = {
    '@tests': Math.max(findings.length, 1),
    '@failures': actions.filter((action) => action === 'deny').length,
    '@errors': 0,
    '@skipped': actions.filter((action) => action === 'warn').length,
  };
  const clean = caseAttributes(file, at, `${shownObject(result)}: no findings`);
  return {
    '@name': suiteName(`${suiteFile(file)}: ${shownObject(result)}`, scopeOf(result), count),
    ...counts,
    testcase: findings.length === 0 ? [clean] : findingCases(result),
  };
}

function findingCases(result: ObjectResult): readonly Element[] {
  const count = occurrences();
  return worstFirst(result.findings).map((finding) => {
    const path = fieldPath(finding.pointer);
    const name = `${shownObject(result)}: ${finding.check}${path === '' ? '' : ` at ${shown(path)}`}`;
    const at = finding.at ?? result.at;
    return {
      ...caseAttributes(result.file, at, numbered(name, count('', name))),
      ...findingElement(finding, findingText(finding, result, path)),
    };
  });
}

function findingElement({ action, check, message }: ReportedFinding, text: string): Element {
  switch (action) {
    case 'deny':
      return { failure: { '@message': xmlText(shown(message)), '@type': check, '#text': text } };
    case 'warn':
      return { skipped: { '@message': text.replaceAll('\n', '; '), '#text': text } };
    case 'audit':
      return { 'system-out': text };
  }
}

/** All that there is to know, in lines: GitLab shows an element's text and none of its attributes. */
function findingText(finding: ReportedFinding, result: ObjectResult, path: string): string {
  const lines = [
    `${shownObject(result)}: ${shown(finding.message)}`,
    `at ${filePlace(result.file, finding.at ?? result.at)}${path === '' ? '' : ` ${shown(path)}`}`,
    `severity ${finding.severity}`,
    shown(finding.remedy),
  ];
  return xmlText(lines.join('\n'));
}

function errorSuite(error: ReadError, count: Occurrences): Element {
  const text = shownError(error);
  const name = suiteName(`${suiteFile(error.file)}: could not be read`, scopeOf(error), count);
  return {
    '@name': name,
    '@tests': 1,
    '@failures': 0,
    '@errors': 1,
    '@skipped': 0,
    testcase: {
      ...caseAttributes(error.file, error.at, 'could be read'),
      error: {
        '@message': xmlText(text),
        '@type': 'unreadable',
        '#text': xmlText(`${text}\nat ${filePlace(error.file, error.at)}`),
      },
    },
  };
}

function caseAttributes(file: string, at: TextPlace | undefined, name: string): Element {
  const path = file === '' || file === '-' ? undefined : xmlText(shown(filePath(file), Number.POSITIVE_INFINITY));
  return {
    '@classname': xmlText(suiteFile(file)),
    '@name': xmlText(name),
    '@file': path,
    '@line': path === undefined ? undefined : at?.line,
  };
}

function suiteName(name: string, scope: string, count: Occurrences): string {
  return xmlText(numbered(name, count(scope, name)));
}

function numbered(name: string, occurrence: number): string {
  return occurrence === 1 ? name : `${name} (${occurrence})`;
}

function filePlace(file: string, at: TextPlace | undefined): string {
  return at === undefined ? suiteFile(file) : `${suiteFile(file)}:${shownPlace(at)}`;
}

function suiteFile(file: string): string {
  return file === '' ? 'cluster' : shownFile(file);
}

/** Writes the characters that XML 1.0 forbids (§2.2) and that are printable otherwise as printable() writes the others. */
function xmlText(text: string): string {
  return text.replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
