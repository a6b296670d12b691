import type { CommandContext } from '@stricli/core';
import { didYouMean, quoted } from '../config/problem.ts';
import { indexMarkdown, indexText } from '../output/check-index.ts';
import type { Explanation } from '../output/explanation.ts';
import { explanationPage } from '../output/explanation-page.ts';
import { explanations } from '../output/explanations.ts';
import { pageMarkdown, pageText } from '../output/page.ts';
import { type CommandResult, finish } from './command-result.ts';
import type { ExplainFlags } from './explain.ts';

/** Lines of more columns are hard to read. */
const widest = 100;

/** `pratique explain [CHECK]`. */
export function explainCheck(this: CommandContext, { format }: ExplainFlags, id?: string): void {
  const { columns } = this.process.stdout as { readonly columns?: number };
  finish(this, runExplain(id, { format, width: Math.min(columns ?? 80, widest) }));
}

/** Explains a check, or lists all of them; exit code 2 when there is none of that id. `width` is in columns. */
export function runExplain(
  id: string | undefined,
  { format, width }: ExplainFlags & { readonly width: number },
): CommandResult {
  const all = explanations();
  if (id === undefined) return printed({ text: indexText, markdown: indexMarkdown, json: jsonOf }[format](all));
  const explanation = all.find((one) => one.id === id);
  if (explanation === undefined) return unknown(id, all);
  if (format === 'json') return printed(jsonOf(explanation));
  const page = explanationPage(explanation);
  return printed(format === 'text' ? pageText(page, width) : pageMarkdown(page));
}

function unknown(id: string, all: readonly Explanation[]): CommandResult {
  const ids = all.map((one) => one.id);
  const suggestion = didYouMean(id, ids) ?? '`pratique explain` lists all checks.';
  return { exitCode: 2, stdout: '', stderr: `No check is called ${quoted(id)}. ${suggestion}\n` };
}

function jsonOf(value: Explanation | readonly Explanation[]): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function printed(stdout: string): CommandResult {
  return { exitCode: 0, stdout, stderr: '' };
}
