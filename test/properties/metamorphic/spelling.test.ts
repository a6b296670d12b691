import { describe, test } from 'vitest';
import { type Likeness, placed, whole } from './engine.ts';
import { neverLoses } from './keeps.ts';
import { changeCase, expand, mirror, respellPaths, wrap, wrapInShell } from './spelling.ts';

const imageChecks: ReadonlySet<string> = new Set(['dind-image', 'engine-image', 'image-registry', 'image-volume']);
const pathChecks: ReadonlySet<string> = new Set(['engine-socket-mount', 'host-path-protected', 'host-path-unlisted']);
const placedIn =
  (checks: ReadonlySet<string>): Likeness =>
  (finding) =>
    checks.has(finding.check) ? placed(finding) : whole(finding);

describe('no finding is lost, and no denial, when', () => {
  test('host paths are spelled otherwise', () => {
    neverLoses(respellPaths, {
      likeness: placedIn(pathChecks),
      // A path that a volume's own name did not reach, and only a subPath did, may be reached by the other name.
      once: true,
      // By another name a path that nobody protects leads through one that is: /proc/1/root.
      instead: { 'host-path-unlisted': ['host-path-protected', 'engine-socket-mount'] },
      changed: 0.15,
    });
  });

  test('case is changed where the platform knows none', () => {
    neverLoses(changeCase, { likeness: placedIn(new Set([...pathChecks, 'unknown'])), changed: 0.15 });
  });

  test('images come from elsewhere', () => {
    neverLoses(mirror, {
      likeness: placedIn(imageChecks),
      // Without `library/`, somebody else's registry may have a `docker` of its own.
      instead: { 'dind-image': ['engine-image'] },
      changed: 0.9,
    });
  });

  test('commands are started by a program that starts programs', () => {
    neverLoses(wrap, { changed: 0.1 });
  });

  test('words of commands are written by variables', () => {
    neverLoses(expand, { changed: 0.1 });
  });

  test('commands are made a script', () => {
    neverLoses(wrapInShell, { instead: { 'engine-command': ['engine-command-text'] }, changed: 0.1 });
  });
});
