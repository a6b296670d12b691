import { type ExecFileException, execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printable } from '../matching/printable.ts';

/** Kyverno's CLI could not be run, or did not take what it was given; the message is for people. */
export class KyvernoError extends Error {
  readonly code = 'ERR_KYVERNO';
  /** Whether whoever waits for it has given it up: then nothing that follows is wanted either. */
  readonly isGivenUp: boolean;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KyvernoError';
    this.isGivenUp = (options?.cause as { readonly code?: unknown } | undefined)?.code === 'ABORT_ERR';
  }
}

/** How long a run of the CLI may take, and how much it may print. */
export interface RunLimits {
  readonly runMs: number;
  readonly bytes: number;
  /** Ends what runs when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Far more than a run over all cases takes. */
export const usualLimits: RunLimits = { runMs: 300_000, bytes: 256 * 1024 * 1024 };

/** A program, and the folder that a run of it has to itself. */
export interface Call {
  readonly program: string;
  readonly limits: RunLimits;
  readonly folder: string;
}

/** How a run ended. */
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the CLI without a shell, without the user's environment and home, and so without a kubeconfig and credentials of
 * registries; whatever would still open a connection by HTTP is led to a port of this machine where nothing answers.
 */
export function run({ program, folder, limits }: Call, args: readonly string[]): Promise<Answer> {
  const options = {
    cwd: folder,
    env: lonely(folder),
    timeout: limits.runMs,
    killSignal: 'SIGKILL',
    maxBuffer: limits.bytes,
    ...(limits.signal === undefined ? {} : { signal: limits.signal }),
  } as const;
  return new Promise((settle, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) settle({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') settle({ code: error.code, stdout, stderr });
      else reject(new KyvernoError(`${program} ${endOf(error, limits)}`, { cause: error }));
    });
  });
}

function endOf(error: ExecFileException, { runMs, bytes }: RunLimits): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${bytes} bytes`;
  if (error.code === 'ABORT_ERR') return 'was given up';
  if (error.killed === true) return `took longer than ${runMs / 1000} s`;
  if (error.signal != null) return `was ended by ${error.signal}`;
  return `cannot be run: ${error.code ?? error.message}`;
}

function lonely(folder: string): NodeJS.ProcessEnv {
  const nowhere = 'http://127.0.0.1:1';
  return {
    // biome-ignore lint/style/noProcessEnv: where programs are found
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TMPDIR: folder,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    KUBECONFIG: join(folder, 'no-kubeconfig'),
  };
}

/** Whether there was no such program. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KyvernoError && (error.cause as { readonly code?: unknown } | undefined)?.code === 'ENOENT';
}

/** The last line of what was said of an error. */
export function told({ code, stdout, stderr }: Answer): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return `exit ${code ?? 'by a signal'}${lines.length === 0 ? '' : `, ${printable(lines.at(-1) ?? '', 500)}`}`;
}

/** Makes a folder for as long as it is used. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-kyverno-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
