import { expander, type Variable } from './variables.ts';

/** A program that is looked for, by the name of its file. */
export interface Program {
  readonly name: string;
  /** engine: a container engine, or a way out of the container; builder: starts an engine that may well be harmless. */
  readonly kind: 'engine' | 'builder';
  /** Words, of which one sequence must follow for the program to count. */
  readonly subcommands?: readonly string[];
  /** What the arguments must reach for the program to count: process 1 of the node or its root, or the node's file system. */
  readonly reaches?: 'first-process' | 'host-root';
  /** Nothing else has this name: it tells enough even as an argument of a program that nobody knows. */
  readonly unmistakable?: true;
}

/** A program that runs the program which its arguments name. */
export interface Wrapper {
  readonly name: string;
  /** Options that take the next word. */
  readonly values?: readonly string[];
  /** How many words stand before the program, such as a user or a duration. */
  readonly operands?: number;
  /** Words with a `=` before the program are variables. */
  readonly assignments?: true;
  /** Its option `-S` has a whole command line: env(1). */
  readonly splits?: true;
  /** A shell: an option with a `c` makes the next word a script. */
  readonly shell?: true;
}

/** A program that a command line starts. */
interface StartedProgram {
  readonly program: Program;
  /** The program with its subcommand: `dockerd`, `podman system service`. Never an argument of the author's. */
  readonly token: string;
  /** Which word of the command line names it. */
  readonly index: number;
}

/** What a command line starts by its own words, and from which word on a shell has a script. */
export interface Started {
  readonly programs: readonly StartedProgram[];
  readonly scriptFrom: number;
}

/** What is known of commands, compiled once. */
export interface KnownCommands {
  readonly programs: ReadonlyMap<string, Program>;
  readonly wrappers: ReadonlyMap<string, Wrapper>;
  readonly hostRoots: ReadonlySet<string>;
  /** The names of programs and wrappers. */
  readonly names: ReadonlySet<string>;
  readonly shortestName: number;
  /** Any program's name, anywhere in a text. */
  readonly mention: RegExp;
  /** A program's name that no other word goes on with. */
  readonly token: RegExp;
}

/** The words of a command line, of which few are ever looked at. */
type Words = Pick<readonly string[], 'length' | 'at'>;

/** What is started where the variables of a command line stand for more text than is read. */
export const unreadable: Program = { name: 'unreadable', kind: 'engine' };

/** How often one command line is split anew: no command line of use has more of `env -S`. */
const mostSplits = 64;

/** Compiles what is known of commands; `hostRoots` are absolute paths without a trailing slash. */
export function compileCommands(
  programs: readonly Program[],
  wrappers: readonly Wrapper[],
  hostRoots: ReadonlySet<string>,
): KnownCommands {
  const names = programs.map(({ name }) => name).toSorted((a, b) => b.length - a.length);
  // A text with the longer name has the shorter one in it as well.
  const distinct = names.filter((name) => !names.some((other) => other !== name && name.includes(other)));
  const source = (some: readonly string[]): string => some.map((name) => RegExp.escape(name)).join('|');
  return {
    programs: new Map(programs.map((program) => [program.name, program])),
    wrappers: new Map(wrappers.map((wrapper) => [wrapper.name, wrapper])),
    hostRoots,
    names: new Set([...names, ...wrappers.map(({ name }) => name)]),
    shortestName: Math.min(...names.map(({ length }) => length)),
    mention: new RegExp(source(distinct)),
    token: new RegExp(`(?:${source(names)})(?:\\.exe)?(?![\\w./:=@-])`, 'g'),
  };
}

/** Whether a command line may start a program that is looked for, by its first two words: most cannot. */
export function mayStart(known: KnownCommands, first: string, second: string | undefined): boolean {
  const name = programName(first);
  if (known.names.has(name)) return !(second === '-c' && known.wrappers.get(name)?.shell);
  return first.includes('$(');
}

/**
 * Tells what a command line starts: its first word, and behind wrappers such as `tini --` or `env A=b` the word that they
 * run. In every word `$(NAME)` stands for a literal variable, as Kubernetes expands it; one that is unknown is a word like
 * others. A command line with variables that nobody could read is `unreadable`. Time is linear in the words.
 */
export function startedBy(known: KnownCommands, argv: readonly string[], variables: readonly Variable[]): Started {
  const programs: StartedProgram[] = [];
  const { expand, hasGivenUp } = expander(variables);
  const started = (scriptFrom: number): Started => {
    if (hasGivenUp()) add(programs, { program: unreadable, token: unreadable.name, index: 0 });
    return { programs, scriptFrom };
  };
  let words = expandedWords(argv, expand);
  let splits = 0;
  // Which word of `argv` a word is, or comes from.
  let origin = (index: number): number => index;
  for (let index = 0; index < words.length; ) {
    const name = programName(words.at(index) ?? '');
    const program = known.programs.get(name);
    const token = program && tokenOf(known, program, words, index + 1);
    if (program !== undefined && token !== undefined) add(programs, { program, token, index: origin(index) });
    const wrapper = known.wrappers.get(name);
    if (wrapper === undefined) break;
    let next = wrappedWord(wrapper, words, index + 1);
    // What is split takes the place of the option, among the wrapper's own words.
    while (next.line !== undefined && ++splits <= mostSplits) {
      const line = next.line.replace(/["']/g, '').trim().split(/\s+/);
      const [whole, at] = [origin, next.index];
      origin = (one) => whole(one < line.length ? at : at + 1 + one - line.length);
      words = replacedWord(words, at, line);
      next = wrappedWord(wrapper, words, 0);
    }
    if (next.script) return started(origin(next.index));
    if (next.line !== undefined) break;
    index = next.index;
  }
  return started(argv.length);
}

/** Expands a word when it is looked at, and once. */
function expandedWords(argv: readonly string[], expand: (word: string) => string): Words {
  const read = new Map<number, string>();
  return {
    length: argv.length,
    at(index) {
      const word = argv[index];
      if (word === undefined || !word.includes('$(')) return word;
      const text = read.get(index) ?? expand(word);
      read.set(index, text);
      return text;
    },
  };
}

/** The words from one on, with others in its place. */
function replacedWord(words: Words, replaced: number, by: readonly string[]): Words {
  return {
    length: by.length + Math.max(0, words.length - replaced - 1),
    at: (index) => (index < by.length ? by[index] : words.at(replaced + 1 + index - by.length)),
  };
}

/** What a program is called when its arguments make it count. */
export function tokenOf(known: KnownCommands, program: Program, words: Words, from: number): string | undefined {
  if (program.reaches === 'first-process') return entersNode(known, words, from) ? program.name : undefined;
  if (program.reaches === 'host-root') return entersHostRoot(known, program, words, from) ? program.name : undefined;
  if (program.subcommands === undefined) return program.name;
  const subcommand = subcommandIn(program.subcommands, words, from);
  return subcommand === undefined ? undefined : `${program.name} ${subcommand}`;
}

/** Each token is told once, however often a command line repeats it. */
function add(programs: StartedProgram[], program: StartedProgram): void {
  if (!programs.some(({ token }) => token === program.token)) programs.push(program);
}

/** Options may stand before a subcommand, and an option may take the word behind it. */
function subcommandIn(subcommands: readonly string[], words: Words, from: number): string | undefined {
  let isValue = false;
  for (let index = from; index < words.length; index++) {
    const word = words.at(index) ?? '';
    if (word.startsWith('-')) {
      isValue = !word.includes('=');
      continue;
    }
    const found = subcommands.find((subcommand) =>
      subcommand.split(' ').every((part, offset) => words.at(index + offset) === part),
    );
    if (found !== undefined || !isValue) return found;
    isValue = false;
  }
  return undefined;
}

/** nsenter(1): `-t 1`, `-at1`, `--target=1`, an abbreviation of it, a namespace file of process 1, `-r/host`. */
function entersNode(known: KnownCommands, words: Words, from: number): boolean {
  for (let index = from; index < words.length; index++) {
    const word = words.at(index) ?? '';
    if (!word.startsWith('-') || word === '--') return false;
    if (/\/1\/(?:\.?\/)*ns\//.test(word)) return true;
    // The folder is a part of the option's word; what follows an -r alone is the program.
    const root = /^(?:-[A-Za-z]*r|--ro?o?t?=)(\/.*)$/s.exec(word)?.[1];
    if (root !== undefined && isHostRoot(known, root)) return true;
    const target = /^(?:-[A-Za-z]*t|--t[arget]*=)(.*)$/s.exec(word)?.[1];
    const isSeparate = target === '' || /^--t[arget]*$/.test(word);
    if (isFirstProcess(isSeparate ? (words.at(index + 1) ?? '') : (target ?? ''))) return true;
    if (isSeparate || /^(?:-[SG]|--set[ug]id)$/.test(word)) index++;
  }
  return false;
}

/** strtoul reads ` +01` as 1; a variable that is unknown here may well hold it: no other process is known beforehand. */
function isFirstProcess(target: string): boolean {
  return /^\s*\+?0*1$/.test(target) || target.includes('$(');
}

function entersHostRoot(known: KnownCommands, { name }: Program, words: Words, from: number): boolean {
  const { index } = wrappedWord({ ...known.wrappers.get(name), name, operands: 0 }, words, from);
  return isHostRoot(known, words.at(index) ?? '');
}

function isHostRoot(known: KnownCommands, folder: string): boolean {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  const path = `/${parts.join('/')}`;
  return known.hostRoots.has(path) || /\/proc\/\d+\/(?:root|cwd)$/.test(path);
}

/** Where the word is that a wrapper runs; `script` when a shell has a script from there on, `line` when it is split. */
function wrappedWord(
  wrapper: Wrapper,
  words: Words,
  from: number,
): { readonly index: number; readonly script?: boolean; readonly line?: string } {
  let operands = wrapper.operands ?? 0;
  let isOption = true;
  for (let index = from; index < words.length; index++) {
    const word = words.at(index) ?? '';
    if (isOption && word === '--') isOption = false;
    else if (isOption && (word.startsWith('-') || (wrapper.shell && word.startsWith('+')))) {
      if (wrapper.shell && word.includes('c') && /^-[A-Za-z]+$/.test(word)) return { index: index + 1, script: true };
      const attached = wrapper.splits ? splitLine(word) : undefined;
      if (attached !== undefined)
        return attached === '' ? { index: index + 1, line: words.at(index + 1) ?? '' } : { index, line: attached };
      if (wrapper.values?.includes(word) || (wrapper.shell && /^[-+][A-Za-z]*o$/.test(word))) index++;
    } else if (wrapper.assignments && word.includes('=')) continue;
    else if (operands > 0) operands--;
    else return { index };
  }
  return { index: words.length };
}

/** `-S 'dockerd -D'`, for which the answer is empty, `-vSdockerd`, `--split-string=dockerd`. */
function splitLine(word: string): string | undefined {
  return /^(?:-[A-Za-z0]*S|--split-string=?)(.*)$/s.exec(word)?.[1];
}

/** The file's name of a program, without the `.exe` of Windows, where a file's name has no case. */
export function programName(word: string): string {
  const start = Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1;
  const name = start === 0 ? word : word.slice(start);
  return name.at(-4) === '.' && name.slice(-3).toLowerCase() === 'exe' ? name.slice(0, -4).toLowerCase() : name;
}
