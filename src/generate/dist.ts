import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Makes dist: what the compiler emits, and the files that the program reads at run time. */
function buildDist(): void {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    return;
  }
  for (const folder of ['config', 'commands', 'journal/page']) {
    const source = join(root, 'src', folder);
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:yaml|bash|zsh|fish|css|svg)$/.test(file)) cpSync(join(source, file), join(root, 'dist', folder, file));
    }
  }
  const main = join(root, 'dist/main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
}

buildDist();
