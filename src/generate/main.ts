import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { formatJson } from './json.ts';

/** A file that is derived from the code, or a folder of nothing but such files. */
type Generated =
  | { readonly path: string; content(): Promise<string> }
  | { readonly folder: string; files(): Promise<ReadonlyMap<string, string>> };

/**
 * Paths are from the top of the repository. In this order, and each loaded in its turn: the later ones read the built-in
 * files that the first one writes.
 */
const generated: readonly Generated[] = [
  { path: 'src/config/builtin.json', content: async () => (await import('./builtin-files.ts')).builtInFile() },
  {
    path: 'src/output/examples.json',
    content: async () => formatJson((await import('./examples.ts')).examplesOfChecks()),
  },
  {
    path: 'src/migrate/cases.json',
    content: async () => formatJson((await import('./migration-cases.ts')).migrationCases()),
  },
  {
    path: 'docs/configuration.schema.json',
    content: async () => (await import('./configuration-schema.ts')).configurationSchemaFile(),
  },
  { folder: 'docs/checks', files: async () => (await import('./check-pages.ts')).checkPages() },
  {
    path: 'charts/pratique/templates/_generated.tpl',
    content: async () => (await import('./chart/webhook-parts.ts')).generatedTemplates(),
  },
  {
    path: 'charts/pratique/files/safety-net.yaml',
    content: async () => (await import('./chart/safety-net.ts')).chartSafetyNet(),
  },
  {
    path: 'charts/pratique/values.schema.json',
    content: async () => (await import('./chart/files.ts')).chartSchemaFile(),
  },
  { path: 'charts/pratique/README.md', content: async () => (await import('./chart/files.ts')).chartReadmeFile() },
  {
    path: 'charts/pratique/files/dashboard.json',
    content: async () => (await import('./dashboard.ts')).dashboardFile(),
  },
  { folder: 'deploy/monitoring', files: async () => (await import('./monitoring.ts')).monitoringFiles() },
];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Writes every generated file; with `--check` writes nothing, and fails when one is not what it would be. */
async function main(argv: readonly string[]): Promise<void> {
  const isCheck = argv.includes('--check');
  for (const one of generated) {
    if ('path' in one) settle(one.path, await one.content(), isCheck);
    else settleFolder(one.folder, await one.files(), isCheck);
  }
  if (!isCheck) await writeRendered();
}

/**
 * The manifests of deploy/ that the chart renders need Helm, which a checkout need not have: `--check` leaves them to a
 * test, and without Helm they stay as they are.
 */
async function writeRendered(): Promise<void> {
  const { findHelm } = await import('./chart/helm.ts');
  const helm = findHelm();
  if (helm === undefined) {
    console.error(
      'deploy/install.yaml and deploy/webhooks.yaml not rendered: no Helm 4 in HELM, the cache of the tests or PATH',
    );
    return;
  }
  const { renderedManifests } = await import('./chart/rendered.ts');
  for (const [name, content] of renderedManifests(helm)) settle(`deploy/${name}`, content, false);
}

function settle(path: string, expected: string, isCheck: boolean): void {
  if (textOf(root + path) === expected) return;
  if (isCheck) {
    complain(`${path} is stale`);
  } else {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, expected);
    console.log(`${path} written`);
  }
}

function settleFolder(folder: string, files: ReadonlyMap<string, string>, isCheck: boolean): void {
  for (const [name, expected] of files) settle(`${folder}/${name}`, expected, isCheck);
  for (const name of namesIn(root + folder)) {
    if (files.has(name)) continue;
    if (isCheck) {
      complain(`${folder}/${name} is not generated`);
    } else {
      rmSync(`${root}${folder}/${name}`, { recursive: true });
      console.log(`${folder}/${name} removed`);
    }
  }
}

function complain(problem: string): void {
  console.error(`${problem}: run npm run generate`);
  process.exitCode = 1;
}

function namesIn(folder: string): readonly string[] {
  return orUndefined(() => readdirSync(folder)) ?? [];
}

function textOf(file: string): string | undefined {
  return orUndefined(() => readFileSync(file, 'utf8'));
}

/** What is read, or undefined where there is nothing of that name. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

await main(process.argv.slice(2));
