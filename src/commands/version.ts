import { readFileSync } from 'node:fs';

/** Reads the program's version from package.json, which is two folders up from here both in src and in dist. */
export function programVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('package.json has no version');
}
