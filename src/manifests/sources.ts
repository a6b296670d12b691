import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../config/problem.ts';

/** A text to be read, and how it was come by. */
export interface Source {
  /** As it was named, or found below a folder that was; `-` for standard input. */
  readonly file: string;
  /** Whether it was found in a folder: then what is malformed in it and is no manifest either is nobody's business. */
  readonly found: boolean;
}

/** A path that could not be looked at. */
export interface SourceProblem {
  readonly file: string;
  readonly message: string;
}

const manifest = /\.(?:ya?ml|json)$/i;
/** Folders of other people's files, and what is no manifest before it is rendered. */
const passedOver: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * Lists the files that paths stand for: a file itself, and of a folder every YAML and JSON file below it, by name.
 *
 * Links to folders are not followed, and the templates of a Helm chart are passed over: they are text for a renderer.
 */
export async function* sourcesOf(paths: readonly string[]): AsyncGenerator<Source | SourceProblem> {
  for (const path of paths) {
    if (path === '-') yield { file: '-', found: false };
    else yield* sourcesAt(path);
  }
}

/** Reads a source piece by piece as UTF-8. Throws the errors of the file system, and a TypeError on other bytes. */
export async function* chunksOf({ file }: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  for await (const bytes of stream as AsyncIterable<Uint8Array>) yield decoder.decode(bytes, { stream: true });
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** Says in words why a source could not be read. */
export function readProblem(error: unknown): string {
  if (error instanceof TypeError) return 'is not UTF-8';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EISDIR: 'is a folder',
  };
  return words[code] ?? messageOf(error);
}

async function* sourcesAt(path: string): AsyncGenerator<Source | SourceProblem> {
  try {
    if ((await stat(path)).isDirectory()) yield* sourcesBelow(path);
    else yield { file: path, found: false };
  } catch (error) {
    yield { file: path, message: readProblem(error) };
  }
}

async function* sourcesBelow(folder: string): AsyncGenerator<Source | SourceProblem> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield { file: folder, message: readProblem(error) };
    return;
  }
  const isChart = entries.some(({ name }) => name === 'Chart.yaml');
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!passedOver.has(entry.name) && !(isChart && entry.name === 'templates')) yield* sourcesBelow(path);
    } else if (manifest.test(entry.name)) yield { file: path, found: true };
  }
}
