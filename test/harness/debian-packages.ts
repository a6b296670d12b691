import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { runProcess, temporaryFolder } from './processes.ts';

/** Which of Debian's packages are wanted, and where they are unpacked. */
export interface WantedPackages {
  /** What the folder is for, in messages. */
  readonly title: string;
  /** Where the packages are unpacked; made when all of them are. */
  readonly root: string;
  /** The package that is asked for; may be a name that only depends on others. */
  readonly name: string;
  /** Chooses from all that the package depends on, itself among them. */
  choose(names: readonly string[]): readonly string[];
  /** What to do by hand where none of this works: a sentence. */
  readonly otherwise: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/**
 * Downloads packages with apt-get and unpacks them into a folder, installing nothing: no root is needed, but for
 * `apt-get update` on a machine that has no lists yet. Throws with what to do when that fails.
 */
export async function unpackPackages(wanted: WantedPackages): Promise<void> {
  const { env, root, title, log } = wanted;
  await mkdir(cacheFolder(env), { recursive: true });
  const parts = await temporaryFolder('.partial-', cacheFolder(env));
  const run = (command: string, ...args: readonly string[]) => must(wanted, command, args, parts.path);
  try {
    const packages = wanted.choose(await dependencies(wanted.name, run));
    log(`${title}: downloading ${packages.length} packages of Debian's`);
    await run('apt-get', 'download', ...packages);
    const unpacked = join(parts.path, 'unpacked');
    for (const file of await readdir(parts.path)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', '-x', file, unpacked);
    }
    await rename(unpacked, root);
  } finally {
    await parts.remove();
  }
}

type Run = (command: string, ...args: readonly string[]) => Promise<string>;

/** Everything that a package cannot do without, itself first. */
async function dependencies(name: string, run: Run): Promise<readonly string[]> {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const ask = () => run('apt-cache', 'depends', '--recurse', ...kinds, name);
  let tree = await ask().catch(() => '');
  if (!tree.includes('Depends:')) {
    await run('apt-get', 'update');
    tree = await ask();
  }
  return [...new Set(tree.split('\n').filter((line) => /^[a-z0-9]/.test(line)))];
}

async function must(
  { env, title, otherwise }: WantedPackages,
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const { code, stdout, stderr } = await runProcess(command, args, { cwd, env, timeoutMs: 600_000 }).catch((error) => ({
    code: -1,
    stdout: '',
    stderr: String(error),
  }));
  if (code === 0) return stdout;
  throw new Error(`${title} is not there, and "${command} ${args[0]}" failed: ${stderr.trim()}\n${otherwise}`);
}
