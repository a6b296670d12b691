import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { unpackPackages } from './debian-packages.ts';
import { withLock } from './lock.ts';

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
  const otherwise = `Install Debian's package postgresql, or set PRATIQUE_POSTGRES to a folder with ${programs.join(', ')}.`;
  await unpackPackages({ title: 'PostgreSQL', root, name: 'postgresql', choose: neededPackages, otherwise, env, log });
}

/** The server, its clients and their libraries, but for the compiler of LLVM (jit is off) and the C library itself. */
function neededPackages(names: readonly string[]): readonly string[] {
  return names.filter(
    (name) =>
      /^postgresql-(?:client-)?\d+$/.test(name) || (/^lib/.test(name) && !/^lib(?:c6|c-bin|llvm|perl)/.test(name)),
  );
}
