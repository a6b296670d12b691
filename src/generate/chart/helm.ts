import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** The version of Helm that the tests build and keep. */
const builtVersion = '4.2.4';

/**
 * Finds a Helm 4: the one that HELM names, the one that the tests have built, or the one on PATH. Returns undefined where
 * there is none. A Helm that `go install` has built knows no more of its version than "v4.2".
 */
export function findHelm(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const candidates = [process.env['HELM'], join(cache, 'pratique', `helm-${builtVersion}`, 'helm'), 'helm'];
  return candidates.find((helm) => helm !== undefined && versionOf(helm)?.startsWith('v4.') === true);
}

function versionOf(helm: string): string | undefined {
  const { status, stdout } = spawnSync(helm, ['version', '--template', '{{.Version}}'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
