import { type Application, type CommandContext, type InputCompletion, proposeCompletions } from '@stricli/core';

/**
 * Tells what could stand in place of the last of some words, as the scripts of `pratique completion` read it: one line
 * each, perhaps with a tab and what it is behind it; `:files` where only the shell knows, which is for names of files.
 *
 * Flags are told of once they are begun, as most programs do, since they can stand anywhere. A value may come with a tab
 * and words of its own.
 */
export async function proposalsFor(
  application: Application<CommandContext>,
  words: readonly string[],
  context: CommandContext,
): Promise<readonly string[]> {
  const { before, begun, prefix } = lastWord(words);
  const propose = (word: string) => proposeCompletions(application, [...before, word], context);
  const flags = begun.startsWith('-') ? (await propose(begun)).filter(isFlag) : [];
  // With nothing begun, so that a list of which nothing fits is told apart from no list.
  const values = flags.length > 0 ? [] : (await propose('')).filter((one) => !isFlag(one));
  if (flags.length + values.length === 0) return [':files'];
  const fitting = values.filter(({ completion }) => completion.startsWith(begun));
  return [...flags, ...fitting].map((one) => prefix + line(one));
}

interface LastWord {
  readonly before: readonly string[];
  /** What is there of the word to be completed. */
  readonly begun: string;
  /** What of the word stays as it is. */
  readonly prefix: string;
}

/** bash gives `--flag=value` as three words, the other shells as one. */
function lastWord(words: readonly string[]): LastWord {
  const before = words.slice(0, -1).filter((word) => word !== '=');
  const last = words.at(-1) ?? '';
  if (last === '=') return { before, begun: '', prefix: '' };
  const equals = last.startsWith('--') ? last.indexOf('=') : -1;
  if (equals === -1) return { before, begun: last, prefix: '' };
  return {
    before: [...before, last.slice(0, equals)],
    begun: last.slice(equals + 1),
    prefix: last.slice(0, equals + 1),
  };
}

function isFlag({ kind }: InputCompletion): boolean {
  return kind === 'argument:flag';
}

/** Of a value the brief is that of its place, and says nothing of the value. */
function line({ kind, completion, brief }: InputCompletion): string {
  return kind === 'argument:value' ? completion : `${completion}\t${brief}`;
}
