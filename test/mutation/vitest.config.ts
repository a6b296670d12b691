import { defineConfig } from 'vitest/config';

interface Group {
  readonly include: readonly string[];
  readonly groupOrder: number;
}

const group = (name: string, { include, groupOrder }: Group) => ({
  test: {
    name,
    include: [...include],
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
 * The first test that fails ends the run, so the quick ones come first.
 */
export default defineConfig({
  test: {
    projects: [
      group('near', { include: ['src/{matching,mutations,admission,facts}/**/*.test.ts'], groupOrder: 1 }),
      group('cases', { include: ['src/checks/**/*.test.ts'], groupOrder: 2 }),
    ],
  },
});
