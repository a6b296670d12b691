import { chmod, chown, cp, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { freePort } from './ports.ts';
import { ensurePostgres, type PostgresPrograms } from './postgres-programs.ts';
import { type ManagedProcess, runProcess, startProcess, temporaryFolder } from './processes.ts';
import { waitFor } from './waiting.ts';

/** The user that PostgreSQL runs as where we are root, which it refuses: Debian's nobody. */
const nobody = 65_534;

/** A PostgreSQL server on 127.0.0.1 with a password, and nothing in it. */
export interface PostgresServer {
  readonly port: number;
  readonly password: string;
  /** `postgres://…` of a database. */
  url(database: string): string;
  createDatabase(name: string): Promise<string>;
  /** Runs one of its programs, such as pg_dump, with the password in its environment. */
  run(program: 'pg_dump' | 'pg_restore' | 'psql', args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  /** Whether commits wait for the disk: for measurements. */
  readonly durable?: boolean;
  /** Further settings, such as `shared_buffers`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder of its data; a temporary one when absent. */
  readonly parent?: string;
  /** What is run; what `ensurePostgres` finds when absent. */
  readonly programs?: PostgresPrograms;
}

/** Starts a server of its own in a temporary folder. */
export async function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  const folder = await temporaryFolder('pratique-postgres-', options.parent);
  const user = process.getuid?.() === 0 ? nobody : undefined;
  if (user !== undefined) await chown(folder.path, user, user);
  const { bin, env } = await runnable(options.programs ?? (await ensurePostgres()), folder.path);
  const data = join(folder.path, 'data');
  const password = 'not-a-secret-of-anyone';
  const passwordFile = join(folder.path, 'password');
  await writeFile(passwordFile, `${password}\n`);
  await chmod(passwordFile, 0o644);
  const run = async (program: string, args: readonly string[]) => {
    const as = user === undefined ? {} : { user };
    const result = await runProcess(join(bin, program), args, { env, cwd: folder.path, ...as, timeoutMs: 300_000 });
    if (result.code !== 0) throw new Error(`${program} failed: ${result.stderr}`);
    return result.stdout;
  };
  await run('initdb', [
    '-D',
    data,
    '-U',
    'pratique',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--no-locale',
    '-N',
  ]);
  const port = await freePort();
  const server = await startServer(join(bin, 'postgres'), data, port, env, user, options);
  const url = (database: string) => `postgres://pratique:${password}@127.0.0.1:${port}/${database}`;
  const asClient = { ...env, PGPASSWORD: password, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'pratique' };
  const client = async (program: string, args: readonly string[]) => {
    const { code, stdout, stderr } = await runProcess(join(bin, program), args, { env: asClient, timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
    return stdout;
  };
  await waitFor('PostgreSQL', async () => {
    if (!server.process.isRunning()) throw new Error(server.lines.join('\n'));
    return (await client('psql', ['-d', 'postgres', '-c', 'SELECT 1'])) !== '';
  });
  return {
    port,
    password,
    url,
    createDatabase: async (name) => {
      await client('psql', ['-d', 'postgres', '-c', `CREATE DATABASE ${name}`]);
      return url(name);
    },
    run: client,
    stop: async () => {
      await server.process.stop('SIGINT');
      await folder.remove();
    },
  };
}

interface Running {
  readonly process: ManagedProcess;
  readonly lines: readonly string[];
}

async function startServer(
  program: string,
  data: string,
  port: number,
  env: NodeJS.ProcessEnv,
  user: number | undefined,
  { durable = false, settings = {} }: ServerOptions,
): Promise<Running> {
  const all: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  const lines: string[] = [];
  const args = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const process = await startProcess(program, ['-D', data, ...args], {
    env,
    cwd: data,
    ...(user === undefined ? {} : { user }),
    onLine: (line) => {
      lines.push(line);
      if (lines.length > 100) lines.shift();
    },
  });
  return { process, lines };
}

/** What root's cache holds, another user cannot reach: it is copied to where the server runs. */
async function runnable(programs: PostgresPrograms, folder: string): Promise<{ bin: string; env: NodeJS.ProcessEnv }> {
  const plain = { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' };
  if (programs.root === undefined) return { bin: programs.folder, env: plain };
  const root = join(folder, 'programs');
  await cp(programs.root, root, { recursive: true });
  const libraries = (await readdir(join(root, 'usr/lib'))).filter((name) => name.includes('linux-gnu'));
  const path = libraries.flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)]).join(':');
  return { bin: join(root, relative(programs.root, programs.folder)), env: { ...plain, LD_LIBRARY_PATH: path } };
}
