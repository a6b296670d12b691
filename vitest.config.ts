import { defineConfig } from 'vitest/config';
import { closingLine } from './test/harness/closing-line.ts';

interface Tier {
  readonly include: readonly string[];
  readonly testTimeout: number;
  /** Tiers run one after the other; e2e starts an API server a file, so its files do too. */
  readonly groupOrder: number;
  readonly maxWorkers: number;
}

const tier = (name: string, { include, testTimeout, groupOrder, maxWorkers }: Tier) => ({
  test: {
    name,
    include: [...include],
    testTimeout,
    hookTimeout: testTimeout,
    maxWorkers,
    sequence: { groupOrder },
  },
});

export default defineConfig({
  test: {
    reporters: ['default', closingLine],
    projects: [
      tier('unit', { include: ['src/**/*.test.ts'], testTimeout: 20_000, groupOrder: 1, maxWorkers: 2 }),
      tier('meta', { include: ['test/meta/**/*.test.ts'], testTimeout: 60_000, groupOrder: 2, maxWorkers: 2 }),
      tier('property', {
        include: ['test/properties/**/*.test.ts'],
        testTimeout: 300_000,
        groupOrder: 3,
        maxWorkers: 2,
      }),
      tier('integration', {
        include: ['test/integration/**/*.test.ts'],
        testTimeout: 120_000,
        groupOrder: 4,
        maxWorkers: 2,
      }),
      tier('e2e', { include: ['test/e2e/**/*.test.ts'], testTimeout: 900_000, groupOrder: 5, maxWorkers: 1 }),
    ],
  },
});
