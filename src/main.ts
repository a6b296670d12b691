#!/usr/bin/env node
import process from 'node:process';

const oldest = [24, 12] as const;

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `pratique needs Node.js ${oldest.join('.')} or newer, and this is ${process.versions.node}.\n` +
      'In a clone of the repository "npm ci" installs a fitting one in node_modules/.bin.\n',
  );
  process.exitCode = 2;
} else {
  // Only now: on an older Node even reading these modules may fail, with a less helpful error.
  const { runCommand } = await import('./commands/run.ts');
  await runCommand(process.argv.slice(2));
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}
