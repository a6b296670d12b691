import { describe, expect, test } from 'vitest';
import { canonicalHostPath, type ReadableHostPath } from '../matching/host-path.ts';
import { compileHostPathGroups } from '../matching/host-path-index.ts';
import { enginePlaces, engineSocketNames } from './host-paths.ts';
import { nodePlaces } from './node-paths.ts';

const engine = compileHostPathGroups(enginePlaces);
const node = compileHostPathGroups(nodePlaces);

describe.each([
  ['engine', enginePlaces, engine],
  ['node', nodePlaces, node],
] as const)('the places of the %s', (_, places, index) => {
  const paths = places.flatMap((place) => place.paths);

  test.each(paths)('write %s canonically, so that it is found', (path) => {
    const example = path.replaceAll('*', 'x');
    const canonical = readable(example);
    expect(canonical.forms.map((form) => form.path)).toContain(example);
    expect(index.find(canonical)).toMatchObject({ reach: 'equal' });
    expect(index.find(readable(`${example}/below`))?.reach).toMatch(/inside|above/);
  });

  test('list each path once', () => {
    expect(paths).toEqual([...new Set(paths)]);
  });

  test('say what they are in words that end a sentence', () => {
    for (const { what, remedy } of places) {
      expect(what).toMatch(/^[A-Za-z].*[A-Za-z0-9]$/);
      if (remedy !== undefined) expect(remedy).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test.each([
  '/dev',
  '/var/lib/kubelet',
  '/var/lib/kubelet/device-plugins',
  '/etc',
  '/proc',
  '/sys',
  '/usr',
  '/boot',
  '/root/.ssh',
  '/opt',
  '/var/log',
  '/run/systemd',
  '/run/dbus',
  'C:\\Windows',
])('%s is protected and no engine, so that it can be allowed as such', (path) => {
  expect(engine.find(readable(path))).toBeUndefined();
  expect(node.find(readable(path))).toBeDefined();
});

test('the names of sockets are plain names', () => {
  for (const name of engineSocketNames) expect(name).toMatch(/^[a-z][a-z.-]*\.sock$/);
});

function readable(path: string): ReadableHostPath {
  const canonical = canonicalHostPath(path);
  if (canonical.kind === 'unreadable') throw new Error(`${path} ${canonical.problem}`);
  return canonical;
}
