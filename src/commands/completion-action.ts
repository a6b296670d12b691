import { readFileSync } from 'node:fs';
import type { CommandContext } from '@stricli/core';
import { finish } from './command-result.ts';
import type { Shell } from './completion.ts';

/** `pratique completion SHELL`. */
export function printScript(this: CommandContext, _flags: object, shell: Shell): void {
  const script = readFileSync(new URL(`completion/pratique.${shell}`, import.meta.url), 'utf8');
  finish(this, { exitCode: 0, stdout: script, stderr: '' });
}
