import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** One instruction, with its arguments as they stand: words, or what the exec form's JSON holds. */
export interface Instruction {
  readonly keyword: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** Whether the words stood in a JSON array, so that no shell reads them. */
  readonly isExec: boolean;
}

/** From one FROM to the next. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile: what stands before the first FROM, and the stages. */
export interface Dockerfile {
  readonly preamble: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/** Reads as much of the Dockerfile syntax as ours uses: comments, continued lines, flags, the exec form. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const preamble: Instruction[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of lines.map(parseInstruction)) {
    const { keyword, words } = instruction;
    const [base = '', , name = ''] = words;
    if (keyword === 'FROM') stages.push({ name, base, instructions: [] });
    else (stages.at(-1)?.instructions ?? preamble).push(instruction);
  }
  return { preamble, stages };
}

function parseInstruction(line: string): Instruction {
  const [keyword = '', ...rest] = line.trim().split(/\s+/);
  const flags: Record<string, string> = {};
  while (rest[0]?.startsWith('--')) {
    const [name = '', value = ''] = (rest.shift() ?? '').slice(2).split('=');
    flags[name] = value;
  }
  const text = rest.join(' ');
  const isExec = text.startsWith('[');
  return { keyword, flags, words: isExec ? (JSON.parse(text) as string[]) : rest, isExec };
}

/** Where a stage's instructions are followed: its root as a folder, and the folders of the stages before it. */
export interface Site {
  readonly root: string;
  /** By the stage's name. */
  readonly stages: Readonly<Record<string, string>>;
  /** The folder that would be sent to the builder. */
  readonly context: string;
  /** Does what a RUN asks, in the working folder on this machine. */
  run(words: readonly string[], folder: string): Promise<void>;
}

/** Follows WORKDIR, COPY and RUN of a stage; the others change no file. Returns the working folder inside of the stage. */
export async function followStage(stage: Stage, site: Site): Promise<string> {
  let folder = '/';
  for (const { keyword, flags, words } of stage.instructions) {
    if (keyword === 'WORKDIR') folder = posix.resolve(folder, words[0] ?? '');
    if (keyword === 'WORKDIR') await mkdir(join(site.root, folder), { recursive: true });
    if (keyword === 'RUN') await site.run(words, join(site.root, folder));
    if (keyword === 'COPY') await copy(words, flags['from'], posix.resolve(folder, words.at(-1) ?? ''), site);
    if (keyword === 'ADD') throw new Error('ADD is not followed here; use COPY.');
  }
  return folder;
}

/** COPY: a folder's content goes into the target, a file goes into it when the target ends with a slash or is a folder. */
async function copy(words: readonly string[], from: string | undefined, target: string, site: Site): Promise<void> {
  const filter = from === undefined ? await readDockerignore(site.context) : () => true;
  const origin = from === undefined ? site.context : site.stages[from];
  if (origin === undefined) throw new Error(`COPY --from=${from}: there is no such stage.`);
  for (const source of words.slice(0, -1)) {
    if (from === undefined && !filter(source)) throw new Error(`COPY ${source}: .dockerignore leaves it out.`);
    const path = join(origin, source);
    const isFolder = (await stat(path)).isDirectory();
    const destination = join(site.root, target, isFolder ? '' : posix.basename(source));
    const included = (one: string) => filter(posix.relative(origin, one));
    await cp(path, destination, { recursive: true, verbatimSymlinks: true, filter: included });
  }
}

/** Reads .dockerignore as ours is written: all is left out but what `!` names; `**` with a suffix leaves files out again. */
async function readDockerignore(context: string): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [all, ...rest] = lines;
  const kept = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const suffixes = rest.filter((line) => line.startsWith('**/*.')).map((line) => line.slice('**/*'.length));
  if (all !== '*' || kept.length + suffixes.length !== rest.length) {
    throw new Error('.dockerignore has a form of line that is not followed here.');
  }
  return (path) =>
    kept.some((one) => path === one || path.startsWith(`${one}/`)) && !suffixes.some((suffix) => path.endsWith(suffix));
}
