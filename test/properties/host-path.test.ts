import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/checks/check.ts';
import { engineSocketMount } from '../../src/checks/engine-socket-mount.ts';
import { hostPathProtected } from '../../src/checks/host-path-protected.ts';
import { hostPathUnlisted } from '../../src/checks/host-path-unlisted.ts';
import { enginePlaces } from '../../src/facts/host-paths.ts';
import { nodePlaces } from '../../src/facts/node-paths.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { type AllowedPathEntry, compileAllowedPaths, type PathAccess } from '../../src/matching/allowed-paths.ts';
import { canonicalHostPath, type HostPathForm } from '../../src/matching/host-path.ts';
import { compileHostPathGroups, type Reach } from '../../src/matching/host-path-index.ts';
import { runs } from './runs.ts';

const places = [...enginePlaces, ...nodePlaces].flatMap(({ paths }) => paths).map((path) => path.replaceAll('*', 'x'));
const index = compileHostPathGroups([...enginePlaces, ...nodePlaces]);

const name = fc.oneof(
  fc.constantFrom(
    ...[
      'var',
      'run',
      'proc',
      'self',
      '1',
      'root',
      'task',
      'fd',
      '3',
      'cwd',
      'dev',
      'host',
      'rootfs',
      'sysroot',
      'home',
    ],
    ...['ostree', 'deploy', 'os', 'boot.1', 'mnt', 'opt', 'usr', 'local', 'lib', 'docker.sock', 'containerd', 'etc'],
    ...['ProgramData', 'PROGRA~3', 'c:', 'C:', 'pipe', 'docker_engine', '??', '?', 'a\\b', '...', 'x', 'x:ro', '*'],
  ),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const somePath = fc.oneof(
  fc.array(name, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`),
  fc.constantFrom(...places),
  fc.tuple(fc.constantFrom(...places), name).map(([place, below]) => `${place}/${below}`),
);
/** Anything at all, from garbage to what an attacker would try. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 64 }),
  fc
    .array(
      fc.constantFrom('/', '\\', '.', '..', ':', '~1', ' ', 'C:', '//./', '\\\\?\\', 'run', 'pipe', '\u0000', '\ud800'),
    )
    .map((parts) => parts.join('')),
  somePath,
);
const prefix = fc.constantFrom(
  '',
  '/host',
  '/rootfs',
  '/host_mnt',
  '/run/host',
  '/sysroot',
  '/proc/1/root',
  '/proc/self/cwd',
  '/proc/7/task/8/root',
  '/dev/fd/9',
  '/ostree/deploy/os/deploy/h.0',
  '/var/lib/snapd/hostfs',
);

function formsOf(path: string): readonly HostPathForm[] {
  const canonical = canonicalHostPath(path);
  return canonical.kind === 'unreadable' ? [] : canonical.forms;
}

function isParentInWindows(segment: string): boolean {
  const dots = (segment.split(':')[0] ?? '').trimEnd();
  return /^[. ]+$/.test(dots) && dots !== '.' && !/^\.{3,}$/.test(dots);
}

function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

describe('canonicalHostPath', () => {
  test('ends within its bounds for any text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 3000 }), (text, times) => {
        const canonical = canonicalHostPath(text.repeat(times));
        if (canonical.kind === 'unreadable') {
          expect(canonical.problem).not.toBe('');
          return;
        }
        expect(canonical.forms.length).toBeLessThanOrEqual(128);
        const paths = canonical.forms.map(({ path }) => path);
        expect(new Set(paths).size).toBe(paths.length);
        for (const path of paths) {
          expect(path).toMatch(/^(?:\/|[a-z]:)/);
          expect(path.length).toBeLessThanOrEqual(4095 + 32);
          expect(path.replace(/^\/\/\./, '')).not.toMatch(/\/\/|\/\.\.?(?:\/|$)/);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('finds no further form when it is given one of its forms', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const forms = formsOf(text);
        const known = new Set(forms.map(({ path }) => path));
        for (const form of forms) {
          // `//./x` is `/x` as well to Linux, which the Windows form of another path is not.
          const linux = form.path.startsWith('//.') ? formsOf(`/${form.path.slice(4)}`) : [];
          const expected = new Set([...known, ...linux.map(({ path }) => path)]);
          const again = formsOf(form.path).map(({ path }) => path);
          expect(again.filter((path) => !expected.has(path))).toEqual([]);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test('loses no form when a Linux path is spelled otherwise', () => {
    const noise = fc.array(fc.constantFrom('/', '/./', '//', '/././'), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(somePath, noise, fc.array(prefix, { maxLength: 3 }), (path, separators, prefixes) => {
        const separator = (at: number) => separators[at % separators.length] ?? '/';
        const spelled =
          prefixes.join('') +
          segments(path)
            .map((segment, at) => separator(at) + segment)
            .join('') +
          separator(0);
        const respelled = canonicalHostPath(spelled);
        if (respelled.kind === 'unreadable') {
          // What a spelling makes unreadable is either unreadable in any, or what Windows may take for the parent.
          expect(formsOf(path).length === 0 || spelled.split(/[/\\]/).some(isParentInWindows)).toBe(true);
          return;
        }
        const found = new Set(respelled.forms.map((form) => form.path));
        const missing = formsOf(`/${segments(path).join('/')}`).filter((form) => !found.has(form.path));
        expect(missing).toEqual([]);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('loses no hit when a place is spelled otherwise, or reached from above or below', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.nat(6),
        fc.array(prefix, { maxLength: 3 }),
        (place, depth, prefixes) => {
          const isWindows = !place.startsWith('/') || place.startsWith('//');
          const parts = segments(place);
          const above = parts.slice(0, depth);
          for (const path of [parts, [...parts, 'below'], isWindows && above.length === 0 ? parts : above]) {
            const text = isWindows ? windowsText(place, path) : `${prefixes.join('')}//${path.join('//')}/`;
            const canonical = canonicalHostPath(text);
            if (canonical.kind === 'unreadable') throw new Error(`${text} ${canonical.problem}`);
            expect(index.find(canonical), text).toBeDefined();
          }
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});

describe('an index of host paths', () => {
  const short = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'run', 'var', 'home'), { maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`);

  test('finds what comparing all segments finds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(short, { minLength: 1, maxLength: 6 }), short, (entries, path) => {
        const one = compileHostPathGroups([{ what: 'x', paths: entries }]);
        const canonical = canonicalHostPath(path);
        if (canonical.kind === 'unreadable') throw new Error(canonical.problem);
        const related = canonical.forms.some((form) =>
          entries.some((entry) => isRelated(segments(form.path), segments(entry))),
        );
        const hit = one.find(canonical);
        expect(hit !== undefined).toBe(related);
        if (hit === undefined) return;
        const [mine, its] = [segments(hit.form.path), segments(hit.place)];
        expect(hit.reach).toBe(mine.length === its.length ? 'equal' : mine.length < its.length ? 'above' : 'inside');
      }),
      { numRuns: runs(2000) },
    );
  });

  test('has relations that turn round: above one way is inside the other', () => {
    fc.assert(
      fc.property(short, short, (a, b) => {
        const turned = { equal: 'equal', above: 'inside', inside: 'above' } as const;
        const there = literalReach(a, b);
        expect(literalReach(b, a)).toBe(there === undefined ? undefined : turned[there]);
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('compileAllowedPaths', () => {
  const path = fc
    .tuple(
      fc.constantFrom('', '/run', '/var', '/var/run', '/host', '/host/run', '/host/var/run', '/home', '/var/home'),
      fc.constantFrom('', '/a', '/a/b', '/ab', '/b'),
    )
    .map((parts) => parts.join('') || '/');
  const entry: fc.Arbitrary<AllowedPathEntry> = fc.record({
    path,
    readOnly: fc.boolean(),
    tree: fc.boolean(),
    submounts: fc.constantFrom('reject' as const, 'accept' as const),
  });
  const access = fc.constantFrom<PathAccess>('rw', 'ro', 'rro');

  test('covers what holding each form against each entry covers', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), path, access, (entries, asked, given) => {
        const expected = entries.some((one) => covers(one, asked, given));
        expect(compileAllowedPaths(entries)(asked, given)).toBe(expected);
      }),
      { numRuns: runs(5000) },
    );
  });
});

describe('the checks of host paths', () => {
  const checks = [engineSocketMount, hostPathProtected, hostPathUnlisted];
  const mount = fc.record(
    {
      readOnly: fc.boolean(),
      recursiveReadOnly: fc.constantFrom('Enabled', 'Disabled', 'IfPossible'),
      subPath: fc.oneof(fc.constantFrom('', 'x', 'docker.sock', '..', 'a/../b'), fc.string()),
    },
    { requiredKeys: [] },
  );

  function findingsOf(hostPath: unknown, mounts: readonly object[]): readonly Finding[] {
    const containers = [{ name: 'c', volumeMounts: mounts.map((one) => ({ ...one, name: 'v' })) }];
    const subject = podSubject({ spec: { volumes: [{ name: 'v', hostPath }], containers } }, 'jobs');
    return checks.flatMap((check) => check.find.pod(subject, {}));
  }

  test('find something about every hostPath, whatever it says', () => {
    fc.assert(
      fc.property(anyText, fc.array(mount, { maxLength: 3 }), (path, mounts) => {
        const findings = findingsOf({ path }, mounts);
        expect(findings.some(({ pointer }) => pointer === '/spec/volumes/0/hostPath/path')).toBe(true);
        for (const finding of findings) {
          expect(finding.place).toEqual({ volume: 'v' });
          expect(finding.message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
          expect(finding.message.length).toBeLessThan(600);
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  test('are tolerated by nothing but the very path and access that was sent', () => {
    fc.assert(
      fc.property(anyText, fc.array(mount, { maxLength: 3 }), (path, mounts) => {
        const isReadable = canonicalHostPath(path).kind === 'readable';
        const expected = mounts.every(({ readOnly }) => readOnly === true) ? /^rr?o$/ : /^rw$/;
        for (const finding of findingsOf({ path }, mounts)) {
          const asked: (readonly [string, PathAccess])[] = [];
          const check = checks.find(({ id }) => id === finding.check);
          check?.permits(finding, { paths: (...question) => asked.push(question) > 0 });
          if (finding.pointer !== '/spec/volumes/0/hostPath/path') continue;
          expect(asked).toEqual(isReadable ? [[path, expect.stringMatching(expected)]] : []);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

function windowsText(place: string, parts: readonly string[]): string {
  return place.startsWith('//') ? `\\\\?\\${parts.slice(0).join('\\\\').toUpperCase()}` : `${parts.join('\\')}.\\`;
}

function isRelated(a: readonly string[], b: readonly string[]): boolean {
  return a.slice(0, Math.min(a.length, b.length)).every((segment, at) => segment === b[at]);
}

function literalReach(path: string, place: string): Reach | undefined {
  const form: HostPathForm = { path, system: 'linux', via: undefined };
  return compileHostPathGroups([{ what: 'x', paths: [place] }]).find({ kind: 'readable', forms: [form] })?.reach;
}

function covers({ path, readOnly, tree, submounts }: AllowedPathEntry, asked: string, access: PathAccess): boolean {
  if (tree && !readOnly) return false;
  if (readOnly && access === 'rw') return false;
  if (tree && submounts === 'reject' && access !== 'rro') return false;
  const roots = formsOf(path).map((form) => form.path);
  const isBelow = (form: string, root: string) => root === '/' || form.startsWith(`${root}/`);
  return formsOf(asked).every((form) => roots.some((root) => form.path === root || (tree && isBelow(form.path, root))));
}
