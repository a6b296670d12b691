import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { builtInFile } from './builtin-files.ts';
import { configurationSchemaFile } from './configuration-schema.ts';
import { webhooksFile } from './webhooks.ts';

/** A file that is derived from the code. */
interface Generated {
  /** From the top of the repository. */
  readonly path: string;
  content(): string;
}

const generated: readonly Generated[] = [
  { path: 'deploy/webhooks.yaml', content: webhooksFile },
  { path: 'src/config/builtin.json', content: builtInFile },
  { path: 'docs/configuration.schema.json', content: configurationSchemaFile },
];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Writes every generated file; with `--check` writes nothing, and fails when one is not what it would be. */
function main(argv: readonly string[]): void {
  const check = argv.includes('--check');
  for (const { path, content } of generated) {
    const expected = content();
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

main(process.argv.slice(2));
