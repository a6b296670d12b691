import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProcess } from '../harness/processes.ts';

// What a release would publish to npm, without publishing it.

const repository = fileURLToPath(new URL('../../', import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

/** The production dependencies that the lock names, as name@version, of all depths. */
function locked(): readonly string[] {
  const { packages } = readJson('package-lock.json') as {
    packages: Record<string, { version?: string; dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(
      ([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
    );
}

async function answerOf(command: string, args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runProcess(command, args, { cwd: repository, timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

const sbom = (format: string) => answerOf(process.execPath, ['src/generate/sbom.ts', format]);

test('the npm package holds the program, the manifests and nothing of its making', async () => {
  const answer = (await answerOf('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])) as Record<string, Packed>;
  const [packed] = Object.values(answer); // an array, or from npm 11.19 on an object by name
  const { bin, version } = readJson('package.json') as { bin: { pratique: string }; version: string };
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(packed).toMatchObject({ name: 'pratique', version, filename: `pratique-${version}.tgz` });
  expect(packed?.files.find(({ path }) => path === bin.pratique)?.mode).toBe(0o755);
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE',
      'deploy/webhooks.yaml',
      'deploy/monitoring/alerts.yaml',
    ]),
  );
  const { files } = readJson('package.json') as { files: readonly string[] };
  const expected = [...files.map((folder) => `${folder}/`), 'package.json', 'README.md', 'LICENSE'];
  expect(paths.filter((path) => !expected.some((start) => path.startsWith(start)))).toEqual([]);
  expect(paths.filter((path) => /\.(?:test\.js|cases\.yaml|ts|map)$/.test(path))).toEqual([]);
});

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

test('the SPDX document lists the package and each production dependency, with its licence', async () => {
  const document = (await sbom('spdx')) as Spdx;
  expect(document.spdxVersion).toBe('SPDX-2.3');
  const listed = document.packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`);
  const { version } = readJson('package.json') as { version: string };
  expect(listed).toEqual(expect.arrayContaining([...locked(), `pratique@${version}`]));
  expect(new Set(listed).size).toBe(new Set(locked()).size + 1);
  expect(document.packages.filter(({ licenseDeclared }) => licenseDeclared === undefined)).toEqual([]);
});

interface Spdx {
  readonly spdxVersion: string;
  readonly packages: readonly {
    readonly name: string;
    readonly versionInfo: string;
    readonly licenseDeclared?: string;
  }[];
}

test('the CycloneDX document lists each production dependency', async () => {
  const document = (await sbom('cyclonedx')) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly purl: string }[];
  };
  expect(document.bomFormat).toBe('CycloneDX');
  const listed = document.components.map(({ purl }) => decodeURIComponent(purl.replace('pkg:npm/', '')));
  expect([...new Set(listed)].toSorted()).toEqual([...new Set(locked())].toSorted());
});
