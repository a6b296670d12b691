import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { finding, objectResult, report, sampleRun } from '../../test/harness/results.ts';
import type { ObjectResult, ReadError } from './result.ts';
import { textReporter } from './text.ts';

const text = (...run: readonly (ObjectResult | ReadError)[]) => report(textReporter({ color: false }), run);

test('a report is grouped by file, object and check, and ends with a summary', () => {
  expect(text(...sampleRun)).toBe(
    [
      'ci/build.yaml',
      '  Pod ci/build, line 1',
      '    deny   critical  privileged',
      '       12:9  container "build" is privileged  spec.containers[0].securityContext.privileged',
      '      120:9  container "dind" is privileged   spec.containers[1].securityContext.privileged',
      '      help: Remove privileged: true.',
      '    warn   medium    run-as-root',
      '      14:9  container "build" runs as root  spec.containers[0].securityContext.runAsUser',
      '      help: Set runAsNonRoot: true and a runAsUser.',
      '',
      '  Deployment web, line 130',
      '    audit  low       seccomp-unset',
      '      the pod has no seccomp profile  spec.template.spec',
      '      help: Set seccompProfile.type: RuntimeDefault.',
      '',
      '  error  150:3  duplicate key "spec"',
      '',
      'ci/missing.yaml',
      '  error  no such file',
      '',
      '3 files, 3 objects: 1 denied, 1 noted, 2 could not be read',
      '',
    ].join('\n'),
  );
});

test('colours change nothing but colours', () => {
  const coloured = report(textReporter({ color: true }), sampleRun);
  expect(coloured).toContain('\u001b[31mdeny ');
  expect(stripVTControlCharacters(coloured)).toBe(text(...sampleRun));
});

describe('the summary', () => {
  test.each([
    ['of a clean run says so', [objectResult()], '1 file, 1 object: clean\n'],
    ['of a run without objects does not say clean', [], '0 objects: nothing to check\n'],
    ['of a cluster counts no files', [objectResult({ file: '' })], '1 object: clean\n'],
  ])('%s', (_, run, expected) => {
    expect(text(...run)).toBe(expected);
  });
});

test('objects of a cluster stand without a file', () => {
  expect(text(objectResult({ file: '', findings: [finding()] }))).toBe(
    [
      'Pod ci/build',
      '  deny   critical  privileged',
      '    container "build" is privileged  spec.containers[0].securityContext.privileged',
      '    help: Remove privileged: true.',
      '',
      '1 object: 1 denied',
      '',
    ].join('\n'),
  );
});

test('errors of one file stand below each other, a document without a line by its number from 1', () => {
  const error: ReadError = { file: '-', document: 1, message: 'not an object' };
  expect(text(error, { ...error, document: 2, at: { line: 7, column: 2 } })).toBe(
    [
      '(standard input)',
      '  error  document 2: not an object',
      '  error  7:2  not an object',
      '',
      '1 file, 0 objects: 2 could not be read',
      '',
    ].join('\n'),
  );
});

test('a remedy is told once a check and object, and another one of the same check as well', () => {
  const findings = [
    finding(),
    finding({ action: 'warn' }),
    finding({ remedy: 'Do something else.' }),
    finding({ check: 'host-pid' }),
  ];
  const helps = text(objectResult({ findings }), objectResult({ findings: [finding()] })).match(/help: .*/g);
  expect(helps).toEqual([
    'help: Remove privileged: true.', // host-pid
    'help: Remove privileged: true.',
    'help: Do something else.',
    'help: Remove privileged: true.', // of the second object
  ]);
});

test('a long message pushes only its own path aside', () => {
  const message = 'x'.repeat(80);
  const rows = text(objectResult({ findings: [finding({ message }), finding()] })).split('\n');
  expect(rows).toContain(`      ${message}  spec.containers[0].securityContext.privileged`);
  expect(rows).toContain(
    `      container "build" is privileged${' '.repeat(29)}  spec.containers[0].securityContext.privileged`,
  );
});

test('a finding of a whole object, and an object without names, are told as far as they go', () => {
  const nameless = objectResult({ kind: '', namespace: '', name: '', findings: [finding({ pointer: '' })] });
  expect(text(nameless)).toContain('  (no kind) (unnamed)\n');
  expect(text(nameless)).toContain('      container "build" is privileged\n');
});

test('nothing that a manifest says reaches the terminal or the CI system as a command', () => {
  const hostile = objectResult({
    file: '::stop-commands::f.yaml',
    kind: ' ::error::Pod',
    namespace: '\u001b[2J',
    name: 'a\nb\u009b31m\u202e',
    findings: [
      finding({
        pointer: '/metadata/annotations/##vso[task.prependpath]~1evil',
        message: 'container "##[add-path]/evil" \ud83d',
        remedy: 'a\r\nb',
      }),
    ],
  });
  expect(text(hostile)).toBe(
    [
      '\\u{3a}:stop-commands::f.yaml',
      '   \\u{3a}:error::Pod \\u{1b}[2J/a\\u{a}b\\u{9b}31m\\u{202e}',
      '    deny   critical  privileged',
      '      container "#\\u{23}[add-path]/evil" \\u{d83d}  metadata.annotations["#\\u{23}vso[task.prependpath]/evil"]',
      '      help: a\\u{d}\\u{a}b',
      '',
      '1 file, 1 object: 1 denied',
      '',
    ].join('\n'),
  );
});
