import { readFile } from 'node:fs/promises';
import type { Override } from './assemble.ts';
import { type LoadedFile, type LoadResult, loadConfigurationBytes, unreadable } from './load.ts';

/** A file that is being watched. */
export interface ConfigurationWatch {
  stop(): void;
}

export interface WatchOptions {
  readonly path: string;
  /** What has been loaded of the file already, and is not told again. */
  readonly loaded: LoadedFile;
  readonly override?: Override;
  /** Milliseconds from the end of one look at the file to the next. */
  readonly interval?: number;
  /** What became of the file: the last good configuration stays in force while this tells of problems. */
  onChange(result: LoadResult): void;
}

interface State {
  /** The bytes that the last result came from; undefined when the file could not be read. */
  bytes: Uint8Array | undefined;
  result: LoadResult;
  /** The last good result, for when the file is as it was after all. */
  good: LoadedFile | undefined;
}

/**
 * Watches a configuration file: looks at it every 2 s, and loads it when its bytes have changed.
 *
 * Polling follows the swap of links by which the kubelet updates a ConfigMap, which events of the file system miss. The
 * same bytes are never loaded twice: a file that comes back as it was brings back the configuration that was made of
 * it. A file that is missing is a failed reload, told once. Does not keep the process alive.
 */
export function watchConfiguration(options: WatchOptions): ConfigurationWatch {
  const { interval = 2000, loaded } = options;
  const state: State = { ...loaded, good: loaded.result.kind === 'configuration' ? loaded : undefined };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const wait = () => {
    timer = setTimeout(() => void look(), interval);
    timer.unref();
  };
  const look = async () => {
    const read = await bytesOf(options.path);
    if (stopped) return;
    const changed = next(state, read, options.override);
    if (changed !== undefined) options.onChange(changed);
    if (!stopped) wait();
  };
  wait();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

type Read = { readonly bytes: Uint8Array } | { readonly error: unknown };

async function bytesOf(path: string): Promise<Read> {
  try {
    return { bytes: await readFile(path) };
  } catch (error) {
    return { error };
  }
}

/** Moves the state on, and answers what is new; undefined when nothing is. */
function next(state: State, read: Read, override: Override | undefined): LoadResult | undefined {
  const before = state.result;
  if ('error' in read) {
    const wasMissing = state.bytes === undefined && before.kind === 'invalid';
    state.bytes = undefined;
    if (wasMissing) return undefined;
    state.result = unreadable(read.error);
    return state.result;
  }
  if (isSame(read.bytes, state.bytes)) return undefined;
  const { bytes } = read;
  state.bytes = bytes;
  if (isSame(bytes, state.good?.bytes) && state.good !== undefined) state.result = state.good.result;
  else state.result = loadConfigurationBytes(bytes, Date.now(), override);
  if (state.result.kind === 'configuration') state.good = { bytes, result: state.result };
  return state.result;
}

function isSame(bytes: Uint8Array, others: Uint8Array | undefined): boolean {
  return others !== undefined && Buffer.compare(bytes, others) === 0;
}
