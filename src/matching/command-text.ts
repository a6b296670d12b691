import { type KnownCommands, programName, type Started, tokenOf } from './command.ts';
import { expander, type Variable } from './variables.ts';

/** A program that a text names. */
export interface Mention {
  /** The program with its subcommand, never a text of the author's. */
  readonly token: string;
  /** Which word of the command line names it first. */
  readonly index: number;
}

/** How far behind a program's name in a script its subcommand may stand. */
const subcommandReach = 200;
/** How often in one script that is looked at; more mentions than that tell enough by themselves. */
const mostLooks = 256;

/** Whether a word may mention a program that is looked for, by itself: one pass, and most do not. */
export function mayMention({ mention, shortestName }: KnownCommands, word: string): boolean {
  return word.length >= shortestName && mention.test(word);
}

/**
 * Tells what the texts of a command line mention, each program once: its scripts, and, where nobody knows the program
 * that is started, also arguments that are the name of an engine and nothing else. `$(NAME)` is the text of a literal
 * variable, as Kubernetes expands it in any word.
 */
export function mentionedBy(
  known: KnownCommands,
  argv: readonly string[],
  started: Started,
  variables: readonly Variable[],
): readonly Mention[] {
  const mentions = new Map<string, Mention>();
  const { expand } = expander(variables);
  for (let index = 0; index < argv.length; index++) {
    const text = expand(argv[index] ?? '');
    if (!mayMention(known, text)) continue;
    const isScript = index >= started.scriptFrom || /[\s;|&`]/.test(text);
    const tokens = isScript ? tokensIn(known, text) : argumentTokens(known, text, started);
    for (const token of tokens) if (!mentions.has(token)) mentions.set(token, { token, index });
  }
  return [...mentions.values()];
}

function argumentTokens(known: KnownCommands, word: string, started: Started): readonly string[] {
  const program = started.programs.length === 0 ? known.programs.get(programName(word)) : undefined;
  return program?.unmistakable ? [program.name] : [];
}

/** The programs that a script names where a command could stand, each once. Time is linear in the script. */
function tokensIn(known: KnownCommands, script: string): readonly string[] {
  const found = new Set<string>();
  let looks = 0;
  for (const { 0: name, index } of script.matchAll(known.token)) {
    const program = known.programs.get(programName(name));
    if (program === undefined || found.has(program.name) || !isCommandWord(script, index, name)) continue;
    // The value of a script's variable is unknown, so nsenter tells enough by itself.
    const bare = program.reaches === 'first-process' || (program.subcommands ?? program.reaches) === undefined;
    const token =
      bare || ++looks > mostLooks ? program.name : tokenOf(known, program, wordsAt(script, index + name.length), 0);
    if (token !== undefined) found.add(token);
  }
  return [...found];
}

/** Whether a command could start at this place of a script: at a word's start, or behind a folder of programs. */
function isCommandWord(script: string, index: number, name: string): boolean {
  const before = script.slice(Math.max(0, index - 5), index);
  // What ends in .exe is a program in whatever folder of Windows.
  if (before.endsWith('\\') && name.endsWith('.exe')) return true;
  return /(?:^|[\s;|&(){}[`"'!<>,])(?:\.{0,2}\/)?$|bin\/$/.test(before);
}

/** The words behind a program in a script, up to the end of the simple command, without their quotes. */
function wordsAt(script: string, from: number): readonly string[] {
  // A backslash before the end of a line joins it with the next.
  const reach = script.slice(from, from + subcommandReach).replace(/\\\r?\n/g, ' ');
  const end = reach.search(/[;|&\n)]/);
  return (end === -1 ? reach : reach.slice(0, end))
    .replace(/["'\\]/g, '')
    .split(/\s+/)
    .filter((word) => word !== '');
}
