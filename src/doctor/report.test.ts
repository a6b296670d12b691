import { expect, test } from 'vitest';
import type { Diagnosis } from './diagnosis.ts';
import type { NotLookedAt } from './examine.ts';
import { doctorJson, doctorText, exitCodeOf } from './report.ts';

const installation = { namespace: 'pratique', name: 'pratique' };

const error: Diagnosis = {
  id: 'webhook-rules',
  severity: 'error',
  title: 'the API server does not ask',
  evidence: ['validate.pratique.dev is not asked about UPDATE pods', 'a name with \u001b[31m in it'],
  remedy: 'Put the rules back.',
  command: "kubectl create --filename=- <<'EOF'\n{}\nEOF",
};
const info: Diagnosis = { ...error, id: 'exemption-unused', severity: 'info', evidence: [], command: null };
const forbidden: NotLookedAt = { part: 'nodes', what: 'Nodes', why: 'forbidden', ids: ['fuse-resource-missing'] };

test('text has the evidence, the command as it is to be copied, and a last line that sums up', () => {
  const examined = { diagnoses: [error, info], notLookedAt: [forbidden] };
  expect(doctorText(examined, installation, { color: false })).toBe(
    [
      'error    webhook-rules',
      '  the API server does not ask',
      '  - validate.pratique.dev is not asked about UPDATE pods',
      '  - a name with \\u{1b}[31m in it',
      '  help: Put the rules back.',
      "kubectl create --filename=- <<'EOF'",
      '{}',
      'EOF',
      '',
      'info     exemption-unused',
      '  the API server does not ask',
      '  help: Put the rules back.',
      '',
      'not looked at',
      '  Nodes: forbidden',
      '    so that nothing is known of fuse-resource-missing',
      '',
      'pratique/pratique: 1 error, 1 note; 1 part not looked at',
      '',
    ].join('\n'),
  );
});

test('colours are only in text that asks for them', () => {
  const examined = { diagnoses: [info], notLookedAt: [] };
  expect(doctorText(examined, installation, { color: true })).toContain('\u001b[');
  expect(doctorText(examined, installation, { color: false })).not.toContain('\u001b[');
});

test('JSON has the same, with a version and counts', () => {
  const examined = { diagnoses: [error, info], notLookedAt: [forbidden] };
  const text = doctorJson(examined, installation);
  expect(text).not.toContain('\u001b');
  expect(JSON.parse(text)).toEqual({
    version: 1,
    installation,
    counts: { errors: 1, warnings: 0, infos: 1 },
    ...examined,
  });
});

test('the exit code counts what is wrong first, and then what nobody looked at', () => {
  const usage: NotLookedAt = { ...forbidden, part: 'usage' };
  expect(exitCodeOf({ diagnoses: [], notLookedAt: [] })).toBe(0);
  expect(exitCodeOf({ diagnoses: [info], notLookedAt: [usage] })).toBe(0);
  expect(exitCodeOf({ diagnoses: [info], notLookedAt: [forbidden] })).toBe(2);
  expect(exitCodeOf({ diagnoses: [error], notLookedAt: [forbidden] })).toBe(1);
});
