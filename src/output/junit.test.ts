import { describe, expect, test } from 'vitest';
import { type JUnitSuite, readJUnit } from '../../test/harness/junit.ts';
import { finding, objectResult, report, sampleRun } from '../../test/harness/results.ts';
import { junitReporter } from './junit.ts';
import type { ObjectResult, ReadError } from './result.ts';

const suites = (...run: readonly (ObjectResult | ReadError)[]): readonly JUnitSuite[] =>
  readJUnit(report(junitReporter(), run));

test('a denied object is a suite with a failure, which tells all in its text', () => {
  expect(report(junitReporter(), [objectResult({ findings: [finding({ at: { line: 12, column: 9 } })] })])).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="pratique">
<testsuite name="ci/build.yaml: Pod ci/build" tests="1" failures="1" errors="0" skipped="0">
  <testcase classname="ci/build.yaml" name="Pod ci/build: privileged at spec.containers[0].securityContext.privileged" file="ci/build.yaml" line="12">
    <failure message="container &quot;build&quot; is privileged" type="privileged">Pod ci/build: container &quot;build&quot; is privileged
at ci/build.yaml:12:9 spec.containers[0].securityContext.privileged
severity critical
Remove privileged: true.</failure>
  </testcase>
</testsuite>
</testsuites>
`,
  );
});

test('the counts of a suite are those of its cases', () => {
  expect(suites(...sampleRun).map((suite) => ({ ...suite, testcase: suite.testcase.length }))).toEqual([
    {
      '@name': 'ci/clean.yaml: Pod ci/clean',
      '@tests': '1',
      '@failures': '0',
      '@errors': '0',
      '@skipped': '0',
      testcase: 1,
    },
    {
      '@name': 'ci/build.yaml: Pod ci/build',
      '@tests': '3',
      '@failures': '2',
      '@errors': '0',
      '@skipped': '1',
      testcase: 3,
    },
    {
      '@name': 'ci/build.yaml: Deployment web',
      '@tests': '1',
      '@failures': '0',
      '@errors': '0',
      '@skipped': '0',
      testcase: 1,
    },
    {
      '@name': 'ci/build.yaml: could not be read',
      '@tests': '1',
      '@failures': '0',
      '@errors': '1',
      '@skipped': '0',
      testcase: 1,
    },
    {
      '@name': 'ci/missing.yaml: could not be read',
      '@tests': '1',
      '@failures': '0',
      '@errors': '1',
      '@skipped': '0',
      testcase: 1,
    },
  ]);
});

test('a clean object passes', () => {
  expect(suites(objectResult({ at: { line: 1, column: 1 } }))[0]?.testcase).toEqual([
    { '@classname': 'ci/build.yaml', '@name': 'Pod ci/build: no findings', '@file': 'ci/build.yaml', '@line': '1' },
  ]);
});

test('a warning fails nothing and is shown, in a text for GitLab and an attribute for Jenkins', () => {
  const [suite] = suites(objectResult({ findings: [finding({ action: 'warn', pointer: '' })] }));
  expect(suite?.testcase).toEqual([
    {
      '@classname': 'ci/build.yaml',
      '@name': 'Pod ci/build: privileged',
      '@file': 'ci/build.yaml',
      skipped: {
        '@message':
          'Pod ci/build: container "build" is privileged; at ci/build.yaml; severity critical; Remove privileged: true.',
        '#text':
          'Pod ci/build: container "build" is privileged\nat ci/build.yaml\nseverity critical\nRemove privileged: true.',
      },
    },
  ]);
});

test('what is only noted passes, with its text as output', () => {
  const [suite] = suites(objectResult({ findings: [finding({ action: 'audit' })] }));
  expect(suite?.testcase[0]?.['system-out']).toMatch(/^Pod ci\/build: container "build" is privileged\n/);
});

test('what could not be read is an error', () => {
  const [whole, document] = suites(
    { file: 'a.yaml', document: undefined, message: 'no such file' },
    { file: '-', document: 1, at: { line: 4, column: 2 }, message: 'not an object' },
  );
  expect(whole?.testcase[0]?.error).toEqual({
    '@message': 'no such file',
    '@type': 'unreadable',
    '#text': 'no such file\nat a.yaml',
  });
  expect(document?.testcase[0]).toEqual({
    '@classname': '(standard input)',
    '@name': 'could be read',
    error: { '@message': 'not an object', '@type': 'unreadable', '#text': 'not an object\nat (standard input):4:2' },
  });
});

test('an empty run is a report without suites', () => {
  expect(suites()).toEqual([]);
});

test('an object of a cluster has no file', () => {
  expect(suites(objectResult({ file: '' }))).toMatchObject([
    { '@name': 'cluster: Pod ci/build', testcase: [{ '@classname': 'cluster' }] },
  ]);
});

describe('no two cases have the same names of suite, class and case', () => {
  test('of findings that nothing tells apart', () => {
    const [suite] = suites(objectResult({ findings: [finding({ pointer: '' }), finding({ pointer: '' })] }));
    expect(suite?.testcase.map((one) => one['@name'])).toEqual([
      'Pod ci/build: privileged',
      'Pod ci/build: privileged (2)',
    ]);
  });

  test('of objects and errors of one file', () => {
    const error: ReadError = { file: 'ci/build.yaml', document: 1, message: 'not an object' };
    expect(suites(objectResult(), objectResult({ document: 1 }), error, error).map((suite) => suite['@name'])).toEqual([
      'ci/build.yaml: Pod ci/build',
      'ci/build.yaml: Pod ci/build (2)',
      'ci/build.yaml: could not be read',
      'ci/build.yaml: could not be read (2)',
    ]);
  });
});

test('a file cannot begin a line as a command of GitHub does', () => {
  const [suite] = suites(objectResult({ file: ':', findings: [finding({ at: { line: 1, column: 1 } })] }));
  expect(suite?.testcase[0]?.failure?.['#text']).toContain('\nat ::1:1 spec');
});

test.each([
  ['markup', `]]></failure><x y='"'>&amp; <!-- --`, `]]></failure><x y='"'>&amp; <!-- --`],
  ['forbidden characters', 'a\u0000\u001b\ufffe\uffff\ud83d', 'a\\u{0}\\u{1b}\\u{fffe}\\u{ffff}\\u{d83d}'],
  ['lines', 'a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
  ['what the builder takes for no value', 'true', 'true'],
])('a name with %s comes out as text', (_, name, text) => {
  const object = objectResult({ file: name, name, findings: [finding({ message: name, remedy: name })] });
  const [suite] = suites(object, { file: name, document: undefined, message: name });
  expect(suite?.['@name']).toBe(`${text}: Pod ci/${text}`);
  expect(suite?.testcase[0]?.failure).toEqual({
    '@message': text,
    '@type': 'privileged',
    '#text': `Pod ci/${text}: ${text}\nat ${text} spec.containers[0].securityContext.privileged\nseverity critical\n${text}`,
  });
});
