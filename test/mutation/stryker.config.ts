import { fileURLToPath } from 'node:url';
import type { Stryker } from '@stryker-mutator/core';

const options: ConstructorParameters<typeof Stryker>[0] = {
  mutate: ['src/{checks,matching,mutations,admission}/**/*.ts', '!src/**/*.test.ts'],
  plugins: ['@stryker-mutator/vitest-runner', fileURLToPath(new URL('prose.ts', import.meta.url))],
  ignorers: ['prose'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  disableTypeChecks: false,
  // Stryker rewrites tsconfig.json by an API that TypeScript 7 does not have; where there is none, it does not try.
  ignorePatterns: [
    'tsconfig*.json',
    '.stryker-tmp',
    'reports',
    'dist',
    'docs',
    'bench',
    'test/{demo,e2e,integration,meta}',
  ],
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  allowConsoleColors: false,
};

export default options;
