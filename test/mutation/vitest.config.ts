import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { defineConfig, type Plugin } from 'vitest/config';
import { parse } from 'yaml';

interface Group {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly groupOrder: number;
}

const caseTests = 'src/checks/cases.test.ts';
const parsedCases = '\0cases';

/**
 * Parses the cases files once, and not for each mutant, where they took a third of the time: they are data that no
 * mutant changes. What else is to be parsed is parsed.
 */
const casesOnce: Plugin = {
  name: 'cases-once',
  enforce: 'pre',
  resolveId: (id, importer) =>
    id === 'yaml' && importer?.endsWith('/src/generate/cases.ts') ? parsedCases : undefined,
  load(id) {
    if (id !== parsedCases) return undefined;
    const files = readdirSync('src/checks').filter((file) => file.endsWith('.cases.yaml'));
    const texts = files.map((file) => readFileSync(`src/checks/${file}`, 'utf8'));
    const entries = texts
      .map((text) => [text, parse(text, { version: '1.1' })])
      // What JSON would change is parsed each time.
      .filter((entry) => isDeepStrictEqual(JSON.parse(JSON.stringify(entry)), entry));
    return `
      import { parse as parseText } from 'yaml';
      const known = new Map(JSON.parse(${JSON.stringify(JSON.stringify(entries))}));
      export const parse = (text, options) => known.get(text) ?? parseText(text, options);
    `;
  },
};

const group = (name: string, { include, exclude, groupOrder }: Group) => ({
  plugins: [casesOnce],
  test: {
    name,
    include: [...include],
    exclude: [...exclude],
    testTimeout: 20_000,
    maxWorkers: 1,
    // One worker a run: Stryker starts a run for each mutant, so none sees what another left behind.
    isolate: false,
    sequence: { groupOrder },
  },
});

/**
 * The tests that mutants are held against: the unit tests of the mutated folders and of the facts. Properties are not:
 * by their seed they would kill a mutant today and let it live tomorrow, and an example says more in a review.
 *
 * The first test that fails ends the run, so those come first that fail most often: most of what is mutated are checks.
 */
export default defineConfig({
  test: {
    projects: [
      group('cases', { include: [caseTests], exclude: [], groupOrder: 1 }),
      group('near', {
        include: ['src/{matching,mutations,admission,checks,facts}/**/*.test.ts'],
        exclude: [caseTests],
        groupOrder: 2,
      }),
    ],
  },
});
