import { constants } from 'node:fs';
import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { withLock } from './lock.ts';
import { runProcess, temporaryFolder } from './processes.ts';

/** What is run of PostgreSQL. */
const programs = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'] as const;

/** A folder with PostgreSQL's programs. */
export interface PostgresPrograms {
  readonly folder: string;
  /** Where they were unpacked, with their libraries; undefined when the system has them installed. */
  readonly root: string | undefined;
}

/** What finding PostgreSQL depends on; all of it has a default. */
export interface PostgresOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where Debian installs PostgreSQL, one folder a version. */
  readonly installed?: string;
  readonly log?: (line: string) => void;
}

/**
 * Finds PostgreSQL: the folder that PRATIQUE_POSTGRES names, Debian's package, the cache; else downloads Debian's packages
 * into the cache with apt-get, installing nothing. Throws with what to do when none works.
 */
export async function ensurePostgres(options: PostgresOptions = {}): Promise<PostgresPrograms> {
  const env = options.env ?? process.env;
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const named = env['PRATIQUE_POSTGRES'];
  if (named !== undefined && named !== '') {
    if (await hasPrograms(named)) return { folder: named, root: undefined };
    throw new Error(`PRATIQUE_POSTGRES=${named} lacks one of ${programs.join(', ')}.`);
  }
  const installed = await newestIn(options.installed ?? '/usr/lib/postgresql');
  if (installed !== undefined) return { folder: installed, root: undefined };
  const root = join(cacheFolder(env), 'postgresql');
  await mkdir(cacheFolder(env), { recursive: true });
  const folder = await withLock(`${root}.lock`, log, async () => {
    const cached = await newestIn(join(root, 'usr/lib/postgresql'));
    if (cached !== undefined) return cached;
    await download(root, env, log);
    return await newestIn(join(root, 'usr/lib/postgresql'));
  });
  if (folder === undefined) throw new Error(`The packages in ${root} lack one of ${programs.join(', ')}.`);
  return { folder, root };
}

async function newestIn(folder: string): Promise<string | undefined> {
  const versions = await readdir(folder).catch(() => []);
  for (const version of versions.toSorted((a, b) => Number(b) - Number(a))) {
    const bin = join(folder, version, 'bin');
    if (await hasPrograms(bin)) return bin;
  }
  return undefined;
}

async function hasPrograms(folder: string): Promise<boolean> {
  for (const program of programs) {
    try {
      await access(join(folder, program), constants.X_OK);
    } catch {
      return false;
    }
  }
  return true;
}

async function download(root: string, env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<void> {
  const parts = await temporaryFolder('.partial-', cacheFolder(env));
  try {
    const packages = await neededPackages(parts.path, env);
    log(`PostgreSQL: downloading ${packages.length} packages of Debian's`);
    await must('apt-get', ['download', ...packages], parts.path, env);
    const unpacked = join(parts.path, 'unpacked');
    for (const file of await readdir(parts.path)) {
      if (file.endsWith('.deb')) await must('dpkg-deb', ['-x', file, unpacked], parts.path, env);
    }
    await rename(unpacked, root);
  } finally {
    await parts.remove();
  }
}

/** The server, its clients and their libraries, but for the compiler of LLVM (jit is off) and the C library itself. */
async function neededPackages(folder: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const ask = async () => await must('apt-cache', ['depends', 'postgresql'], folder, env);
  let told = await ask().catch(() => '');
  if (!told.includes('postgresql-')) {
    await must('apt-get', ['update'], folder, env);
    told = await ask();
  }
  const server = /postgresql-\d+/.exec(told)?.[0];
  if (server === undefined) throw new Error(`apt-cache names no version of PostgreSQL: ${told}`);
  const least = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const tree = await must('apt-cache', ['depends', '--recurse', ...least, server], folder, env);
  const names = new Set(tree.split('\n').filter((line) => /^[a-z]/.test(line)));
  const libraries = [...names].filter((name) => /^lib/.test(name) && !/^lib(?:c6|c-bin|llvm|perl)/.test(name));
  return [server, server.replace('postgresql', 'postgresql-client'), ...libraries];
}

async function must(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await runProcess(command, args, { cwd, env, timeoutMs: 300_000 }).catch((error) => ({
    code: -1,
    stdout: '',
    stderr: String(error),
  }));
  if (code === 0) return stdout;
  throw new Error(
    `PostgreSQL is not there, and "${command} ${args[0]}" failed: ${stderr.trim()}\n` +
      "Install Debian's package postgresql, or set PRATIQUE_POSTGRES to a folder with " +
      `${programs.join(', ')}.`,
  );
}
