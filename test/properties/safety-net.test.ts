import fc from 'fast-check';
import { expect, test } from 'vitest';
import { enginePlaces } from '../../src/facts/host-paths.ts';
import { nodePlaces } from '../../src/facts/node-paths.ts';
import { compileGlob, globRegex } from '../../src/matching/glob.ts';
import { canonicalHostPath } from '../../src/matching/host-path.ts';
import { compileHostPathGroups, compileHostPaths } from '../../src/matching/host-path-index.ts';
import { linuxAliases } from '../../src/matching/host-path-linux.ts';
import { pathLanguage } from '../../src/safety-net/path-language.ts';
import { runs } from './runs.ts';

const places = [...enginePlaces, ...nodePlaces].flatMap(({ paths }) => paths).filter((path) => /^\/[^/]/.test(path));
const aliases = linuxAliases.flatMap(({ from, to }) => [from, to]);

/** What stands for any name, made one. */
const named = (path: string) =>
  path.replaceAll('<number>', '7').replaceAll('<task>', 'self').replaceAll('*', 'any').replace(/^\/$/, '');

const whole = fc.constantFrom(...[...places, ...aliases].map(named));
const segment = fc
  .constantFrom(...new Set([...places, ...aliases].flatMap((path) => named(path).split('/'))))
  .map((name) => `/${name}`);

/** Cleaned paths of names and of whole places and aliases, so that most of them reach something, by several steps. */
const cleanPath = fc.array(fc.oneof(whole, segment), { minLength: 1, maxLength: 4 }).map((parts) => {
  const segments = parts
    .join('')
    .split('/')
    .filter((name) => name !== '');
  return `/${segments.join('/')}`;
});

/** Linux only: the net reads paths of Windows by an expression of its own, which the API server runs in the e2e tests. */
function linuxPath(path: string) {
  const canonical = canonicalHostPath(path);
  fc.pre(canonical.kind === 'readable' && canonical.forms.every(({ system }) => system === 'linux'));
  return canonical as Extract<typeof canonical, { kind: 'readable' }>;
}

test.each([
  ['engines', enginePlaces],
  ['the node', nodePlaces],
] as const)(
  'the regular expression of %s matches the paths that the index finds, under all their names',
  (_, groups) => {
    const index = compileHostPathGroups(groups);
    const language = new RegExp(
      pathLanguage(
        groups.flatMap(({ paths }) => paths),
        true,
      ),
    );
    let hits = 0;
    fc.assert(
      fc.property(cleanPath, (path) => {
        const isFound = index.find(linuxPath(path)) !== undefined;
        if (isFound) hits++;
        expect(language.test(path)).toBe(isFound);
      }),
      { numRuns: runs(5_000) },
    );
    expect(hits).toBeGreaterThan(500);
  },
);

test("so does that of a site's own places, in which a star is literal", () => {
  const own = fc.array(fc.oneof(cleanPath, fc.constantFrom('/data/*', '/var/run/x', '/mnt/sda1/var/y')), {
    minLength: 1,
    maxLength: 3,
  });
  let hits = 0;
  fc.assert(
    fc.property(own, cleanPath, (paths, path) => {
      const forms = paths.flatMap((one) => linuxPath(one).forms.map((form) => form.path));
      const language = new RegExp(pathLanguage(forms, false));
      const isFound = compileHostPaths(paths).find(linuxPath(path)) !== undefined;
      if (isFound) hits++;
      expect(language.test(path)).toBe(isFound);
    }),
    { numRuns: runs(1_000) },
  );
  expect(hits).toBeGreaterThan(15);
});

test('a glob and its regular expression match the same', () => {
  const part = fc.constantFrom('*', '**', 'a', 'b.c', '/', 'team-', '+(x)|');
  const glob = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('').replace(/\*{3,}/g, '**'));
  const text = fc
    .array(fc.constantFrom('a', 'b.c', 'bxc', '/', 'team-', '+(x)|'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  let hits = 0;
  fc.assert(
    fc.property(glob, text, (pattern, value) => {
      const matches = compileGlob(pattern)(value);
      if (matches) hits++;
      expect(new RegExp(globRegex(pattern)).test(value)).toBe(matches);
    }),
    { numRuns: runs(2_000) },
  );
  expect(hits).toBeGreaterThan(60);
});
