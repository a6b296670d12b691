import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

// node src/generate/sbom.ts spdx|cyclonedx: prints the bill of materials of the npm package.
//
// `npm sbom --omit dev` leaves out what production needs when development needs it too (npm 11.19 left out zod and yaml):
// npm is handed a package and a lock without development.

interface Manifest {
  devDependencies?: unknown;
}

interface Lock {
  readonly packages: Record<string, Manifest & { readonly dev?: boolean; readonly devOptional?: boolean }>;
}

const root = new URL('../../', import.meta.url);

function main([format = '']: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'pratique-sbom-'));
  try {
    const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
    write('package.json', withoutDevelopment(read<Manifest>('package.json')));
    write('package-lock.json', productionLock(read<Lock>('package-lock.json')));
    const args = ['sbom', '--package-lock-only', '--sbom-format', format];
    const { status, stdout, stderr, error } = spawnSync('npm', args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    process.stdout.write(stdout ?? '');
    if (status === 0) return;
    process.stderr.write(`${error?.message ?? stderr}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, root), 'utf8')) as T;
}

function productionLock(lock: Lock): Lock {
  const kept = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
  return {
    ...lock,
    packages: Object.fromEntries(kept.map(([path, one]) => [path, path === '' ? withoutDevelopment(one) : one])),
  };
}

function withoutDevelopment<T extends Manifest>(manifest: T): T {
  const { devDependencies: _, ...rest } = manifest;
  return rest as T;
}

main(process.argv.slice(2));
