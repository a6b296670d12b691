import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one line that any script can read: how many tests passed, failed and were skipped. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], errors) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded has no tests, and is a failure all the same.
      if (module.state() === 'failed' && module.children.size === 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state] += 1;
        else count.failed += 1;
      }
    }
    const failed = count.failed + errors.length;
    process.stdout.write(
      `\n${count.passed} passed, ${failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}\n`,
    );
  },
};
