import { expect, test } from 'vitest';
import { finding, objectResult, report, sampleRun } from '../../test/harness/results.ts';
import { jsonReporter } from './json.ts';

test('a report has just the keys that scripts rely on, a result a line', () => {
  const run = [
    objectResult({ findings: [finding({ at: { line: 12, column: 9 } }), finding({ action: 'warn' })] }),
    objectResult({ name: 'clean', document: 1 }),
    { file: 'ci/build.yaml', document: 2, at: { line: 40, column: 1 }, message: 'duplicate key "spec"' },
    { file: 'ci/missing.yaml', document: undefined, message: 'no such file' },
  ];
  expect(report(jsonReporter(), run)).toBe(
    `{"version":1,"results":[
{"file":"ci/build.yaml","document":0,"apiVersion":"v1","kind":"Pod","namespace":"ci","name":"build","verdict":"deny","findings":[{"check":"privileged","severity":"critical","action":"deny","pointer":"/spec/containers/0/securityContext/privileged","line":12,"message":"container \\"build\\" is privileged"},{"check":"privileged","severity":"critical","action":"warn","pointer":"/spec/containers/0/securityContext/privileged","line":null,"message":"container \\"build\\" is privileged"}]},
{"file":"ci/build.yaml","document":1,"apiVersion":"v1","kind":"Pod","namespace":"ci","name":"clean","verdict":"allow","findings":[]}
],"errors":[
{"file":"ci/build.yaml","document":2,"message":"duplicate key \\"spec\\""},
{"file":"ci/missing.yaml","document":null,"message":"no such file"}
]}
`,
  );
});

test('an empty run is a report without results and errors', () => {
  expect(JSON.parse(report(jsonReporter(), []))).toEqual({ version: 1, results: [], errors: [] });
});

test('errors stand after the results, wherever they came', () => {
  const errors = sampleRun.filter((one) => 'message' in one);
  const results = sampleRun.filter((one) => 'findings' in one);
  expect(report(jsonReporter(), [...errors, ...results])).toBe(report(jsonReporter(), [...results, ...errors]));
  expect(JSON.parse(report(jsonReporter(), errors))).toMatchObject({ results: [], errors: [{}, {}] });
});

test('results are written as they come', () => {
  const reporter = jsonReporter();
  reporter.begin();
  expect(reporter.result(objectResult())).toContain('"name":"build"');
});

test('names are kept to the letter, and written so that no terminal and no CI system obeys them', () => {
  const name = '\u001b[31m\u009b1m\n\u2028\u202e\u{e0001} ##vso[task.setvariable] "\\" größe 🐳';
  const text = report(jsonReporter(), [objectResult({ name })]);
  expect(JSON.parse(text).results[0].name).toBe(name);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##/u);
  expect(text).toContain('größe 🐳');
});

test('half a surrogate pair becomes the replacement character, since some parsers refuse it', () => {
  const text = report(jsonReporter(), [objectResult({ name: 'a\ud83d' })]);
  expect(JSON.parse(text).results[0].name).toBe('a\ufffd');
});
