import process from 'node:process';
import { buffer } from 'node:stream/consumers';
import type { CommandContext } from '@stricli/core';
import { defaultText } from '../config/builtin.ts';
import { configurationJsonSchema } from '../config/json-schema.ts';
import { type LoadResult, loadConfigurationBytes, loadConfigurationFile } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { formatConfiguration } from '../config/show.ts';
import { type CommandResult, finish } from './command-result.ts';
import type { ValidateFlags } from './config.ts';

/** `pratique config validate FILE`. */
export async function validateConfiguration(this: CommandContext, flags: ValidateFlags, file: string): Promise<void> {
  finish(this, runConfigValidate(file, await loaded(file), flags));
}

/** `pratique config show [FILE]`. */
export async function showConfiguration(this: CommandContext, _flags: object, file?: string): Promise<void> {
  finish(this, runConfigShow(file ?? '', file === undefined ? undefined : await loaded(file)));
}

/** `pratique config schema`. */
export function showSchema(this: CommandContext): void {
  finish(this, runConfigSchema());
}

/**
 * Tells what is wrong with a loaded configuration, or what is worth knowing about it.
 *
 * Exit code 0: valid; 1: valid, but an exemption has expired, unless that is allowed; 2: invalid.
 */
export function runConfigValidate(
  file: string,
  result: LoadResult,
  { allowExpired }: { readonly allowExpired: boolean },
): CommandResult {
  if (result.kind === 'invalid') return failed(file, result);
  const notices = result.notices.map(({ line, path, kind, message }) => {
    return `${file}${line === undefined ? '' : `:${line}`}: ${path}: ${kind}: ${message}`;
  });
  const hasExpired = result.notices.some(({ kind }) => kind === 'expired');
  return {
    exitCode: hasExpired && !allowExpired ? 1 : 0,
    stdout: `${file}: valid, configuration ${result.configuration.hash}\n`,
    stderr: lines(notices),
  };
}

/** Prints a configuration with nothing left out; without a result, the embedded default. */
export function runConfigShow(file: string, result: LoadResult | undefined): CommandResult {
  if (result === undefined) return { exitCode: 0, stdout: defaultText(), stderr: '' };
  if (result.kind === 'invalid') return failed(file, result);
  return { exitCode: 0, stdout: formatConfiguration(result.effective), stderr: '' };
}

/** Prints the JSON Schema of a configuration file. */
export function runConfigSchema(): CommandResult {
  return { exitCode: 0, stdout: `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`, stderr: '' };
}

async function loaded(file: string): Promise<LoadResult> {
  if (file === '-') return loadConfigurationBytes(await buffer(process.stdin), Date.now());
  return (await loadConfigurationFile(file, Date.now())).result;
}

function failed(file: string, { problems }: Extract<LoadResult, { kind: 'invalid' }>): CommandResult {
  return { exitCode: 2, stdout: '', stderr: lines(problems.map((problem) => formatProblem(file, problem))) };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
