import { chmod, chown, cp, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { freePort } from './ports.ts';
import { ensurePostgres, type PostgresPrograms } from './postgres-programs.ts';
import { type ManagedProcess, runProcess, startProcess, temporaryFolder } from './processes.ts';
import { HopelessError, waitFor } from './waiting.ts';

/** The user that PostgreSQL runs as where we are root, which it refuses: Debian's nobody. */
const nobody = 65_534;

const owner = 'pratique';
const password = 'not-a-secret-of-anyone';

/** Programs that the server's user can run, and with what environment. */
interface Installation {
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
}

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
  const installation = await runnable(options.programs ?? (await ensurePostgres()), folder.path);
  const data = await initialize(installation, folder.path, user);
  const port = await freePort();
  const server = await startServer(installation, data, port, user, options);
  const client = clientOf(installation, port);
  await waitFor('PostgreSQL', async () => {
    if (!server.process.isRunning()) throw new HopelessError(server.lines.join('\n'));
    return (await client('psql', ['-d', 'postgres', '-c', 'SELECT 1'])) !== '';
  });
  const url = (database: string) => `postgres://${owner}:${password}@127.0.0.1:${port}/${database}`;
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

/** Makes the folder of the server's data, with one user who has a password. */
async function initialize({ bin, env }: Installation, folder: string, user: number | undefined): Promise<string> {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`);
  await chmod(passwordFile, 0o644);
  const access = ['-U', owner, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const { code, stderr } = await runProcess(
    join(bin, 'initdb'),
    ['-D', data, ...access, '-E', 'UTF8', '--no-locale', '-N'],
    { env, cwd: folder, timeoutMs: 300_000, ...(user === undefined ? {} : { user }) },
  );
  if (code !== 0) throw new Error(`initdb failed: ${stderr}`);
  return data;
}

function clientOf({ bin, env }: Installation, port: number): PostgresServer['run'] {
  const asClient = { ...env, PGPASSWORD: password, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: owner };
  return async (program, args) => {
    const { code, stdout, stderr } = await runProcess(join(bin, program), args, { env: asClient, timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
    return stdout;
  };
}

interface Running {
  readonly process: ManagedProcess;
  readonly lines: readonly string[];
}

async function startServer(
  { bin, env }: Installation,
  data: string,
  port: number,
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
  const process = await startProcess(join(bin, 'postgres'), ['-D', data, ...args], {
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
async function runnable(programs: PostgresPrograms, folder: string): Promise<Installation> {
  const plain = { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' };
  if (programs.root === undefined) return { bin: programs.folder, env: plain };
  const root = join(folder, 'programs');
  await cp(programs.root, root, { recursive: true });
  const libraries = (await readdir(join(root, 'usr/lib'))).filter((name) => name.includes('linux-gnu'));
  const path = libraries.flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)]).join(':');
  return { bin: join(root, relative(programs.root, programs.folder)), env: { ...plain, LD_LIBRARY_PATH: path } };
}
