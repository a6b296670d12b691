import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import { pointerTo } from '../../src/kubernetes/pointer.ts';
import { type Format, formats, reporterFactory } from '../../src/output/formats.ts';
import type { ObjectResult, ReadError, ReportedFinding } from '../../src/output/result.ts';
import { shown } from '../../src/output/shown.ts';
import { readJUnit } from '../harness/junit.ts';
import { finding, objectResult, report as written } from '../harness/results.ts';
import { readSarif } from '../harness/sarif-schema.ts';
import { runs } from './runs.ts';

type Run = readonly (ObjectResult | ReadError)[];

/** What some reader of a report could take for its own: markup, commands, escapes, halves of characters. */
const hostile = [
  ...[
    ']]>',
    '</failure>',
    '&amp;',
    '"',
    "'",
    '<',
    '{0}',
    '](x)',
    '\\',
    '%',
    '%0A',
    'true',
    '#text',
    '@name',
    '__proto__',
  ],
  ...[
    '##[add-path]',
    '##vso[task.setvariable]',
    '#',
    '::',
    '::error::',
    ':',
    ',',
    '=',
    '\n',
    '\r',
    '\t',
    ' ',
    '\u00a0',
  ],
  ...['\u001b[2J', '\u009b1m', '\u0000', '\u202e', '\u2028', '\ufffe', '\uffff', '\ufeff', '\ud83d', '\udc33', '🐳'],
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const at = fc.record({ line: fc.integer({ min: 1, max: 1e6 }), column: fc.integer({ min: 1, max: 500 }) });

/** Without the properties that are undefined, which the contract leaves out. */
const said = <T extends object>(all: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  all.map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as Partial<T>);

const anyFinding: fc.Arbitrary<ReportedFinding> = said(
  fc.record({
    check: fc.constantFrom(...checks.map(({ id }) => id)),
    severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
    action: fc.constantFrom('deny', 'warn', 'audit'),
    pointer: fc.array(fc.oneof(text, fc.nat(9)), { maxLength: 3 }).map((tokens) => pointerTo('', ...tokens)),
    place: fc.record({ container: text }),
    at: fc.option(at, { nil: undefined }),
    message: text,
    remedy: text,
    value: text,
  }),
).map((one) => finding(one as Partial<ReportedFinding>));

const anyObject: fc.Arbitrary<ObjectResult> = said(
  fc.record({
    apiVersion: text,
    kind: text,
    namespace: text,
    name: text,
    at: fc.option(at, { nil: undefined }),
    findings: fc.array(anyFinding, { maxLength: 4 }),
  }),
).map((one) => objectResult(one as Partial<ObjectResult>));

const anyError: fc.Arbitrary<ReadError> = said(fc.record({ message: text, at: fc.option(at, { nil: undefined }) })).map(
  (one) => ({ file: '', document: undefined, message: '', ...(one as Partial<ReadError>) }),
);

const anyRun: fc.Arbitrary<Run> = fc
  .uniqueArray(
    fc.tuple(fc.oneof(text, fc.constantFrom('', '-')), fc.array(fc.oneof(anyObject, anyError), { maxLength: 4 })),
    { maxLength: 3, selector: ([file]) => file },
  )
  .map((files) => files.flatMap(([file, ones]) => ones.map((one, document) => ({ ...one, file, document }))));

const factories = new Map(await Promise.all(formats.map(async (one) => [one, await reporterFactory(one)] as const)));
const report = (format: Format, run: Run) => {
  const start = factories.get(format);
  if (start === undefined) throw new Error(`There is no format ${format}.`);
  return written(start({ color: false, version: '1.2.3' }), run);
};
const objects = (run: Run) => run.filter((one) => 'findings' in one);
const errors = (run: Run) => run.filter((one) => 'message' in one);
const findings = (run: Run) => objects(run).flatMap((object) => object.findings);
const actionsOf = (run: Run) => findings(run).map(({ action }) => action);

/** Neither a terminal nor a CI system that reads the log obeys any of it; a line is never begun by a manifest. */
function expectHarmless(output: string, command?: RegExp): void {
  expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(output).not.toContain('##');
  const commands = output.split('\n').filter((line) => line.trimStart().startsWith('::'));
  expect(commands.filter((line) => command?.test(line) !== true)).toEqual([]);
}

function holds(check: (run: Run) => void): void {
  fc.assert(fc.property(anyRun, check), { numRuns: runs(300) });
}

describe('whatever was judged', () => {
  test('the JSON holds it to the letter', () => {
    holds((run) => {
      const output = report('json', run);
      expectHarmless(output);
      const lines = findings(run).map((one) => one.at?.line ?? null);
      const plain = (value: unknown) =>
        JSON.parse(JSON.stringify(value, (_key, part) => part?.toWellFormed?.() ?? part));
      const { results, errors: unread } = JSON.parse(output);
      expect(results.flatMap((result: ObjectResult) => result.findings)).toEqual(
        plain(
          findings(run).map(({ check, severity, action, pointer, message }, index) => ({
            ...{ check, severity, action, pointer, message },
            line: lines[index],
          })),
        ),
      );
      expect(results.map(({ findings: _, ...rest }: ObjectResult) => rest)).toEqual(
        plain(objects(run).map(({ findings: _, at: __, ...rest }) => rest)),
      );
      expect(unread).toEqual(plain(errors(run).map(({ file, document, message }) => ({ file, document, message }))));
    });
  });

  test('the SARIF is valid, and has a result for each finding and a notification for each error', () => {
    holds((run) => {
      const output = report('sarif', run);
      expectHarmless(output);
      const [log] = readSarif(output).runs;
      const results = log?.results ?? [];
      expect(results.map(({ ruleId }) => ruleId)).toEqual(findings(run).map(({ check }) => check));
      expect(log?.invocations?.[0]?.toolExecutionNotifications).toHaveLength(errors(run).length);
      for (const { locations } of results) {
        const uri = locations?.[0]?.physicalLocation?.artifactLocation?.uri;
        if (uri !== undefined) expect(new URL(uri, 'file:///repository/').protocol).toBe('file:');
      }
    });
  });

  test('the JUnit XML is well formed, and has a case for each finding, clean object and error', () => {
    holds((run) => {
      const output = report('junit', run);
      expectHarmless(output);
      const suites = readJUnit(output);
      const cases = suites.flatMap((suite) => suite.testcase);
      const count = (key: '@tests' | '@failures' | '@errors' | '@skipped') =>
        suites.reduce((sum, suite) => sum + Number(suite[key]), 0);
      const actions = actionsOf(run);
      const clean = objects(run).filter((object) => object.findings.length === 0).length;
      expect(cases).toHaveLength(actions.length + clean + errors(run).length);
      expect(count('@tests')).toBe(cases.length);
      expect(count('@failures')).toBe(actions.filter((action) => action === 'deny').length);
      expect(count('@skipped')).toBe(actions.filter((action) => action === 'warn').length);
      expect(count('@errors')).toBe(errors(run).length);
      expect(cases.filter((one) => one.failure !== undefined)).toHaveLength(count('@failures'));
      expect(cases.filter((one) => one.skipped !== undefined)).toHaveLength(count('@skipped'));
      expect(cases.filter((one) => one.error !== undefined)).toHaveLength(count('@errors'));
      expect(cases.filter((one) => one['system-out'] !== undefined)).toHaveLength(
        actions.filter((action) => action === 'audit').length,
      );
    });
  });

  test('GitHub reads an annotation for each finding and each error', () => {
    holds((run) => {
      const output = report('github', run);
      expectHarmless(output, /^::(?:error|warning|notice) /);
      const lines = output.trimEnd().split('\n').slice(0, -1).map(readCommand);
      const actions = actionsOf(run);
      const count = (name: string) => lines.filter((line) => line.name === name).length;
      expect(count('error')).toBe(actions.filter((action) => action === 'deny').length + errors(run).length);
      expect(count('warning')).toBe(actions.filter((action) => action === 'warn').length);
      expect(count('notice')).toBe(actions.filter((action) => action === 'audit').length);
      expect(lines.flatMap(({ properties }) => properties).every((name) => known.has(name))).toBe(true);
      for (const { message } of findings(run)) {
        expect(lines.some(({ data }) => data.startsWith(shown(message)))).toBe(true);
      }
    });
  });

  test('the text names it', () => {
    holds((run) => {
      const output = report('text', run);
      expectHarmless(output);
      const lines = output.split('\n');
      for (const { message } of [...findings(run), ...errors(run)]) {
        expect(lines.some((line) => line.includes(shown(message)))).toBe(true);
      }
      expect(lines.filter((line) => /^ *error {2}/.test(line)).length).toBeGreaterThanOrEqual(errors(run).length);
      expect(lines.at(-2)).toMatch(/^(?:\d+ files?, )?\d+ objects?: \w/);
    });
  });
});

const known = new Set(['file', 'line', 'col', 'title']);

/** Reads a workflow command as GitHub's runner does: the data begin at the second `::`. */
function readCommand(line: string): { name: string; properties: readonly string[]; data: string } {
  const end = line.indexOf('::', 2);
  const [name = '', ...rest] = line.slice(2, end).split(' ');
  const properties = rest.join(' ').split(',');
  const data = line
    .slice(end + 2)
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');
  return { name, properties: properties.map((property) => property.split('=')[0] ?? ''), data };
}
