import { expect, test } from 'vitest';
import { readJUnit } from '../../test/harness/junit.ts';
import { report, sampleRun } from '../../test/harness/results.ts';
import { type Format, formats, reporterFor } from './formats.ts';

const signs: Readonly<Record<Format, (text: string) => boolean>> = {
  text: (text) => text.includes('\n  Pod ci/build, line 1\n'),
  json: (text) => JSON.parse(text).version === 1,
  sarif: (text) => JSON.parse(text).runs[0].tool.driver.semanticVersion === '1.2.3',
  junit: (text) => readJUnit(text).length === 5,
  github: (text) => text.startsWith('::error file=ci/build.yaml,'),
};

test.each(formats)('a report of the format %s is in this format', (format) => {
  expect(report(reporterFor(format, { color: false, version: '1.2.3' }), sampleRun)).toSatisfy(signs[format]);
});

test('colours are asked for', () => {
  expect(report(reporterFor('text', { color: true, version: '1.2.3' }), sampleRun)).toContain('\u001b[');
  expect(report(reporterFor('text', { color: false, version: '1.2.3' }), sampleRun)).not.toContain('\u001b[');
});
