import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration, loadConfigurationBytes } from '../../../src/config/load.ts';
import type { Configuration } from '../../../src/config/policy.ts';
import { podReview } from '../../harness/review.ts';
import { maximalPod } from '../hardened.ts';
import { answerTo, wired } from '../metamorphic/engine.ts';
import { runs } from '../runs.ts';
import { anyJson, damage } from './json.ts';

const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };

/** Valid configurations that together have every section. */
const valid: readonly unknown[] = [
  parse(readFileSync(new URL('../../../src/config/default.yaml', import.meta.url), 'utf8')),
  parse(readFileSync(new URL('../../demo/pratique.yaml', import.meta.url), 'utf8')),
  {
    ...head,
    profiles: {
      ci: {
        extends: 'dind',
        denialStatus: 422,
        templates: 'warn',
        checks: {
          'engine-host-env': 'ignore',
          'host-path-unlisted': { action: 'deny', allow: { paths: [{ path: '/cache', readOnly: true }] } },
          'runtime-annotations': { action: 'deny', keys: ['example.com/x'] },
        },
      },
    },
    namespaces: [
      { match: ['gitlab', 'ci'], profile: 'ci', builders: [{ profile: 'rootless-fuse', containers: ['build'] }] },
      { match: ['kube-*'], mode: 'audit', acceptGlob: true },
    ],
    default: { profile: 'strict', mode: 'warn' },
    clusterScoped: { profile: 'dind', mode: 'enforce' },
    mountFuse: { label: { 'mount-fuse': 'true' }, namespaces: ['gitlab'], count: 1 },
    breakGlass: { groups: ['sre'] },
    journal: { allows: 'all' },
  },
];

const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', 'gitlab', 'kube-system', '*', 'x'.repeat(10_000)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Whether a text is a configuration: it then works for any namespace, else something is said of it. */
function isLoaded(text: string, namespace: string): boolean {
  const result = loadConfiguration(text, 0);
  if (result.kind === 'configuration') {
    expectWorking(result.configuration, namespace);
    return true;
  }
  expect(result.problems.length).toBeGreaterThan(0);
  for (const { path, message, line, column } of result.problems) {
    expect(typeof path).toBe('string');
    expect(message.length).toBeGreaterThan(4);
    expect(message.length + path.length).toBeLessThan(5_000);
    expect(`${path} ${message}`).not.toMatch(/undefined|\[object |[\p{Cc}\p{Cs}]/u);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
  }
  return false;
}

function expectWorking(configuration: Configuration, namespace: string): void {
  const { profile, mode, builders, exemptions } = configuration.policyFor(namespace);
  expect(['enforce', 'warn', 'audit']).toContain(mode);
  expect(profile.rules.pod.length + builders.length + exemptions.length).toBeGreaterThan(0);
  expect(typeof configuration.fuse.permitted(namespace)).toBe('boolean');
  const { decision } = answerTo(podReview({ object: maximalPod(), namespace, uid: 'a' }), configuration);
  expect(decision).not.toBe('error');
}

describe('a configuration is refused with reasons, or works:', () => {
  const word = fc.constantFrom(
    ...[
      'apiVersion',
      'pratique.dev/v1alpha1',
      'kind',
      'PratiqueConfiguration',
      'default',
      'profile',
      'dind',
      'profiles',
    ],
    ...[
      ':',
      ': ',
      '-',
      '- ',
      '\n',
      '\n  ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a',
      '*a',
      '<<',
      '!!str',
      '!x',
      '|',
      '>',
      '?',
      '#',
    ],
    ...['---', '...', '"', "'", '%YAML 1.2', '\t', '0x1f', '1e3', '~', 'yes', '2001-01-01', '.inf', '\ufeff', '\u0000'],
  );

  test('any text', () => {
    const text = fc.oneof(
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
      fc.array(word, { maxLength: 30 }).map((words) => `${JSON.stringify(head).slice(0, -1)},${words.join('')}`),
      fc.string({ unit: 'binary', maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, names, (one, namespace) => {
        isLoaded(one, namespace);
      }),
      { numRuns: runs(400) },
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const result = loadConfigurationBytes(bytes, 0);
        expect(result.kind === 'configuration' || result.problems.length > 0).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });

  test('any structure, as a whole and in the place of each section', () => {
    const sections = [
      'profiles',
      'namespaces',
      'default',
      'clusterScoped',
      'mountFuse',
      'exemptions',
      'breakGlass',
      'journal',
    ];
    fc.assert(
      fc.property(fc.option(fc.constantFrom(...sections)), anyJson, names, (section, value, namespace) => {
        const document = section === null ? value : { ...head, [section]: value };
        isLoaded(JSON.stringify(document), namespace);
      }),
      { numRuns: runs(400) },
    );
  });

  test('valid ones that were damaged in a few places', () => {
    const loaded = { yes: 0, no: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.integer({ min: 0, max: 3 }),
        names,
        fc.gen(),
        (document, times, namespace, draw) => {
          const damaged = wired(document);
          for (let time = 0; time < times; time++) damage(damaged, draw, 1_000);
          const isValid = isLoaded(JSON.stringify(damaged), namespace);
          loaded[isValid ? 'yes' : 'no'] += 1;
          if (times === 0) expect(isValid).toBe(true);
        },
      ),
      { numRuns: runs(200) },
    );
    expect(loaded.yes).toBeGreaterThan(runs(15));
    expect(loaded.no).toBeGreaterThan(runs(15));
  });
});

describe('the configuration ends with reasons after', () => {
  test.each(['[', '{a: ', '- ', '? ', '[{a: ', '!x ', '&a ', '"', '*a '])('20,000 of %j', (unit) => {
    expect(isLoaded(unit.repeat(20_000), 'gitlab')).toBe(false);
  });
});
