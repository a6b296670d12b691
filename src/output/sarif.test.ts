import type { Result } from 'sarif';
import { describe, expect, test } from 'vitest';
import { finding, objectResult, report, sampleRun } from '../../test/harness/results.ts';
import { readSarif } from '../../test/harness/sarif-schema.ts';
import { checks } from '../checks/registry.ts';
import type { ObjectResult, ReadError } from './result.ts';
import { sarifReporter } from './sarif.ts';

function runOf(...run: readonly (ObjectResult | ReadError)[]) {
  const [only, ...others] = readSarif(report(sarifReporter({ version: '1.2.3' }), run)).runs;
  if (only === undefined || others.length > 0) throw new Error('a log has one run');
  return only;
}

const resultsOf = (...run: readonly (ObjectResult | ReadError)[]): readonly Result[] => runOf(...run).results ?? [];
const prints = (...run: readonly (ObjectResult | ReadError)[]) =>
  resultsOf(...run).map(({ partialFingerprints }) => partialFingerprints?.['findingIdentity/v1']);

test('the schema refuses what is no log', () => {
  const log = '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{}}]}]}';
  expect(() => readSarif(log)).toThrow("data/runs/0/results/0/message must have required property 'text'");
});

describe('a log', () => {
  test('is valid, and each result has its rule, level, message and places', () => {
    const results = resultsOf(...sampleRun);
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['run-as-root', 'warning'],
      ['privileged', 'error'],
      ['privileged', 'error'],
      ['seccomp-unset', 'note'],
    ]);
    expect(results[1]).toEqual({
      ruleId: 'privileged',
      ruleIndex: checks.findIndex(({ id }) => id === 'privileged'),
      level: 'error',
      message: { text: 'container "build" is privileged. Remove privileged: true.' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'ci/build.yaml' },
            region: { startLine: 12, startColumn: 9 },
          },
          logicalLocations: [
            {
              fullyQualifiedName: 'Pod/ci/build/spec/containers/0/securityContext/privileged',
              kind: 'resource',
            },
          ],
        },
      ],
      partialFingerprints: { 'findingIdentity/v1': expect.stringMatching(/^[0-9a-f]{64}$/) },
      properties: { severity: 'critical' },
    });
  });

  test('names the tool, its version and every check', () => {
    const { driver } = runOf().tool;
    expect(driver).toMatchObject({ name: 'Pratique', semanticVersion: '1.2.3' });
    expect(driver.rules?.map(({ id }) => id)).toEqual(checks.map(({ id }) => id));
    expect(driver.rules?.find(({ id }) => id === 'share-process-ns')?.help?.markdown).toMatch(
      /^By \/proc\/\\<pid\\>\/root .*\n\n\*\*Instead:\*\* /,
    );
  });

  test('of an empty run has no results, and the execution was successful', () => {
    expect(runOf()).toMatchObject({
      results: [],
      invocations: [{ executionSuccessful: true, toolExecutionNotifications: [] }],
      columnKind: 'utf16CodeUnits',
    });
  });

  test('tells what could not be read as notifications', () => {
    const errors = sampleRun.filter((one) => 'message' in one);
    const run = runOf(...errors, { file: '-', document: 1, message: 'not an object' });
    expect(run.results).toEqual([]);
    expect(run.invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          {
            level: 'error',
            message: { text: 'duplicate key "spec"' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'ci/build.yaml' },
                  region: { startLine: 150, startColumn: 3 },
                },
              },
            ],
          },
          {
            level: 'error',
            message: { text: 'no such file' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'ci/missing.yaml' } } }],
          },
          { level: 'error', message: { text: 'document 2: not an object' } },
        ],
      },
    ]);
  });

  test('has results of checks that it does not know, without an index', () => {
    const [result] = resultsOf(objectResult({ findings: [finding({ check: 'of-tomorrow' })] }));
    expect(result?.ruleId).toBe('of-tomorrow');
    expect(result).not.toHaveProperty('ruleIndex');
  });

  test.each(['-', ''])('has logical places only for an object that is in no file (%j)', (file) => {
    const [result] = resultsOf(objectResult({ file, namespace: '', findings: [finding()] }));
    expect(result?.locations).toEqual([
      {
        logicalLocations: [
          { fullyQualifiedName: 'Pod/build/spec/containers/0/securityContext/privileged', kind: 'resource' },
        ],
      },
    ]);
  });
});

describe('a message', () => {
  test.each([
    ['$(HOME) {0}', '$(HOME) {{0}}'],
    ['[click](https://evil.example)', '\\[click\\](https://evil.example)'],
    ['[::1]:5000 \\ is plain', '[::1]:5000 \\ is plain'],
    ['a\u001b[2J\u202e', 'a\\u{{1b}}[2J\\u{{202e}}'],
  ])('%j makes no placeholder, no link and no escape sequence', (message, text) => {
    const [result] = resultsOf(objectResult({ findings: [finding({ message, remedy: 'Stop.' })] }));
    expect(result?.message.text).toBe(`${text}. Stop.`);
  });
});

describe('a fingerprint', () => {
  const [usual] = prints(objectResult({ findings: [finding()] }));

  test.each([
    [
      'moves',
      objectResult({ document: 3, at: { line: 90, column: 1 }, findings: [finding({ at: { line: 99, column: 2 } })] }),
    ],
    [
      'gets another index',
      objectResult({ findings: [finding({ pointer: '/spec/containers/7/securityContext/privileged' })] }),
    ],
    [
      'is told in other words',
      objectResult({ findings: [finding({ message: 'is so', remedy: 'Do not.', action: 'warn' })] }),
    ],
    ['is in a file that is named in another way', objectResult({ file: './ci//build.yaml', findings: [finding()] })],
  ])('stays when a finding %s', (_, object) => {
    expect(prints(object)).toEqual([usual]);
  });

  test('differs with everything that makes a finding', () => {
    const others = [
      objectResult({ file: 'other.yaml', findings: [finding()] }),
      objectResult({ kind: 'Job', findings: [finding()] }),
      objectResult({ namespace: 'other', findings: [finding()] }),
      objectResult({ name: 'other', findings: [finding()] }),
      objectResult({
        findings: [
          finding({ check: 'host-pid' }),
          finding({ place: { container: 'other' } }),
          finding({ place: { volume: 'build' } }),
          finding({ place: { key: 'build' } }),
          finding({ value: 'other' }),
        ],
      }),
    ];
    expect(new Set([usual, ...prints(...others)]).size).toBe(10);
  });

  test('counts findings that nothing tells apart, within an object and within a file', () => {
    const twice = objectResult({ findings: [finding(), finding()] });
    expect(new Set(prints(twice, twice)).size).toBe(4);
    expect(prints(twice, objectResult({ file: 'other.yaml', findings: [finding()] }), twice).slice(0, 2)).toEqual(
      prints(twice),
    );
  });

  test('does not depend on other objects of a cluster', () => {
    const object = objectResult({ file: '', findings: [finding()] });
    const other = objectResult({ file: '', name: 'other', findings: [finding()] });
    expect(prints(other, object).slice(1)).toEqual(prints(object));
  });
});
