import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** A file that is derived from the code. */
interface Generated {
  /** From the top of the repository. */
  readonly path: string;
  content(): Promise<string>;
}

/** In this order, and each loaded in its turn: the later ones read the built-in files that the first one writes. */
const generated: readonly Generated[] = [
  { path: 'src/config/builtin.json', content: async () => (await import('./builtin-files.ts')).builtInFile() },
  {
    path: 'docs/configuration.schema.json',
    content: async () => (await import('./configuration-schema.ts')).configurationSchemaFile(),
  },
  {
    path: 'docs/check-settings.md',
    content: async () => (await import('./check-settings.ts')).checkSettingsFile(),
  },
  { path: 'deploy/webhooks.yaml', content: async () => (await import('./webhooks.ts')).webhooksFile() },
];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Writes every generated file; with `--check` writes nothing, and fails when one is not what it would be. */
async function main(argv: readonly string[]): Promise<void> {
  const check = argv.includes('--check');
  for (const { path, content } of generated) {
    const expected = await content();
    if (textOf(root + path) === expected) continue;
    if (check) {
      console.error(`${path} is stale: run npm run generate`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(root + path), { recursive: true });
      writeFileSync(root + path, expected);
      console.log(`${path} written`);
    }
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

await main(process.argv.slice(2));
