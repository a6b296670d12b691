import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** A case of a JUnit report, as its reader sees it. */
export interface JUnitCase {
  readonly '@name': string;
  readonly '@classname': string;
  readonly '@file'?: string;
  readonly '@line'?: string;
  readonly failure?: JUnitText;
  readonly skipped?: JUnitText;
  readonly error?: JUnitText;
  readonly 'system-out'?: string;
}

interface JUnitText {
  readonly '#text': string;
  readonly '@message': string;
  readonly '@type'?: string;
}

/** A suite of a JUnit report. */
export interface JUnitSuite {
  readonly '@name': string;
  readonly '@tests': string;
  readonly '@failures': string;
  readonly '@errors': string;
  readonly '@skipped': string;
  readonly testcase: readonly JUnitCase[];
}

const parser = new XMLParser({
  attributeNamePrefix: '@',
  ignoreAttributes: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // What stands between elements is layout.
  tagValueProcessor: (name, value) =>
    name === 'testsuites' || name === 'testsuite' || name === 'testcase' ? '' : value,
  isArray: (name) => name === 'testsuite' || name === 'testcase',
});

/** Reads a JUnit report; throws when it is no well-formed XML 1.0. */
export function readJUnit(text: string): readonly JUnitSuite[] {
  const outcome = XMLValidator.validate(text);
  if (outcome !== true) throw new Error(outcome.err.msg);
  // The parser takes characters that XML 1.0 forbids (§2.2, Char).
  const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (forbidden !== null) throw new Error(`character ${forbidden[0].codePointAt(0)} is forbidden in XML`);
  const document = parser.parse(text) as {
    readonly testsuites: { readonly testsuite?: readonly JUnitSuite[] } | string;
  };
  return typeof document.testsuites === 'string' ? [] : (document.testsuites.testsuite ?? []);
}
