import './counting.ts';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../../src/config/load.ts';
import { readYaml } from '../../../src/config/yaml.ts';
import { runs } from '../runs.ts';
import { hostile, textOf } from './hostile.ts';
import { superlinearInText, workOf, worksFrom } from './meter.ts';

const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration';

describe('the work of reading YAML', () => {
  const files = /\/src\/|\/yaml\//;
  const worksOf = (textOfSize: (size: number) => string, smallest: number) =>
    worksFrom(smallest, (size) => workOf({ yaml: () => readYaml(textOfSize(size)) }, files));

  test('grows no faster than the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const works = worksOf((size) => textOf(text, size), 2_000);
        expect(superlinearInText(works)).toEqual([]);
      }),
      { numRuns: runs(20) },
    );
  });

  test('grows no faster than the aliases of a bomb, which is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.constantFrom('list', 'object', 'merge'), (fan, shape) => {
        const bomb = (levels: number) => bombOf(levels, fan, shape);
        const works = worksOf(bomb, 20);
        expect(superlinearInText(works)).toEqual([]);
        const result = loadConfiguration(`${head}\n${bomb(30)}`, 0);
        expect(result.kind).toBe('invalid');
        expect(Math.max(...works[2].steps.values())).toBeLessThan(3_000_000);
      }),
      { numRuns: runs(10) },
    );
  });
});

/** Each level stands for a few of the level before: a text of some lines for more values than there are atoms. */
function bombOf(levels: number, fan: number, shape: 'list' | 'object' | 'merge'): string {
  const uses = (level: number): string => {
    const aliases = Array.from({ length: fan }, (_, index) => ({ alias: `*l${level}`, index }));
    if (shape === 'list') return `[${aliases.map(({ alias }) => alias).join(', ')}]`;
    if (shape === 'object') return `{${aliases.map(({ alias, index }) => `k${index}: ${alias} `).join(', ')}}`;
    return `{<<: [${aliases.map(({ alias }) => alias).join(', ')}], k${level}: *l${level} }`;
  };
  const lines = ['l0: &l0 {a: b}'];
  for (let level = 1; level < levels; level++) lines.push(`l${level}: &l${level} ${uses(level - 1)}`);
  return lines.join('\n');
}
