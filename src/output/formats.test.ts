import { expect, test } from 'vitest';
import { readJUnit } from '../../test/harness/junit.ts';
import { report, sampleRun } from '../../test/harness/results.ts';
import { type Format, formats, reporterFactory } from './formats.ts';

const signs: Readonly<Record<Format, (text: string) => boolean>> = {
  text: (text) => text.includes('\n  Pod ci/build, line 1\n'),
  json: (text) => JSON.parse(text).version === 1,
  sarif: (text) => JSON.parse(text).runs[0].tool.driver.semanticVersion === '1.2.3',
  junit: (text) => readJUnit(text).length === 5,
  github: (text) => text.startsWith('::error file=ci/build.yaml,'),
};

test.each(formats)('a report of the format %s is in this format', async (format) => {
  const reporter = (await reporterFactory(format))({ color: false, version: '1.2.3' });
  expect(report(reporter, sampleRun)).toSatisfy(signs[format]);
});

test('colours are asked for', async () => {
  const text = await reporterFactory('text');
  expect(report(text({ color: true, version: '1.2.3' }), sampleRun)).toContain('\u001b[');
  expect(report(text({ color: false, version: '1.2.3' }), sampleRun)).not.toContain('\u001b[');
});
