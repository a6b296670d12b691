import { expect, test } from 'vitest';
import { finding, objectResult, report, sampleRun } from '../../test/harness/results.ts';
import { githubReporter } from './github.ts';
import type { ObjectResult, ReadError } from './result.ts';

const lines = (...run: readonly (ObjectResult | ReadError)[]) => report(githubReporter(), run).split('\n');

test('each finding is an annotation, the worst of an object first, and the last line sums up', () => {
  expect(lines(...sampleRun)).toEqual([
    '::error file=ci/build.yaml,line=12,col=9,title=privileged%3A Pod ci/build::container "build" is privileged (spec.containers[0].securityContext.privileged).%0ARemove privileged: true.',
    '::error file=ci/build.yaml,line=120,col=9,title=privileged%3A Pod ci/build::container "dind" is privileged (spec.containers[1].securityContext.privileged).%0ARemove privileged: true.',
    '::warning file=ci/build.yaml,line=14,col=9,title=run-as-root%3A Pod ci/build::container "build" runs as root (spec.containers[0].securityContext.runAsUser).%0ASet runAsNonRoot: true and a runAsUser.',
    // A finding without a place of its own is shown where its object begins.
    '::notice file=ci/build.yaml,line=130,col=1,title=seccomp-unset%3A Deployment web::the pod has no seccomp profile (spec.template.spec).%0ASet seccompProfile.type: RuntimeDefault.',
    '::error file=ci/build.yaml,line=150,col=3,title=could not be read::duplicate key "spec"',
    '::error file=ci/missing.yaml,title=could not be read::no such file',
    '3 files, 3 objects: 1 denied, 1 noted, 2 could not be read',
    '',
  ]);
});

test('an empty run is one line', () => {
  expect(lines()).toEqual(['0 objects: nothing to check', '']);
});

test.each([
  ['a,b:c%.yaml', 'file=a%2Cb%3Ac%25.yaml,'],
  ['./ci//build.yaml', 'file=ci/build.yaml,'],
  ['ci\\build.yaml', 'file=ci/build.yaml,'],
  ['/work/build.yaml', 'file=/work/build.yaml,'],
])('the file %j is written as %j', (file, expected) => {
  const at = { line: 3, column: 1 };
  expect(lines(objectResult({ file, at, findings: [finding()] }))[0]).toMatch(`::error ${expected}line=3,col=1,`);
});

test.each(['-', ''])('an object that is in no file (%j) has no line either', (file) => {
  const at = { line: 3, column: 1 };
  expect(lines(objectResult({ file, at, findings: [finding({ at })] }))[0]).toMatch(/^::error title=privileged%3A Pod/);
});

test('a message is escaped as GitHub reads it back', () => {
  const [line] = lines(objectResult({ findings: [finding({ pointer: '', message: '100% a:b,c' })] }));
  expect(line).toBe(
    '::error file=ci/build.yaml,title=privileged%3A Pod ci/build::100%25 a:b,c.%0ARemove privileged: true.',
  );
});

test('hostile names cannot end a property, a line or a command', () => {
  const written = lines(
    objectResult({
      file: 'a\n::set-output name=x::y,line=1',
      kind: '::error::',
      name: 'x,file=b::c\u001b[2J\r\n##[add-path]/evil',
      findings: [finding({ message: 'a\n::stop-commands::x %0A', pointer: '/x\n' })],
    }),
  );
  expect(written).toEqual([
    '::error file=a\\u{a}%3A%3Aset-output name=x%3A%3Ay%2Cline=1,title=privileged%3A \\u{3a}%3Aerror%3A%3A ci/x%2Cfile=b%3A%3Ac\\u{1b}[2J\\u{d}\\u{a}#\\u{23}[add-path]/evil::a\\u{a}::stop-commands::x %250A (["x\\n"]).%0ARemove privileged: true.',
    '1 file, 1 object: 1 denied',
    '',
  ]);
});
