import { describe, expect, test } from 'vitest';
import { podSubject } from '../kubernetes/subject.ts';
import { compileAllowedPaths } from '../matching/allowed-paths.ts';
import type { CanonicalHostPath } from '../matching/host-path.ts';
import { compileHostPaths } from '../matching/host-path-index.ts';
import type { Finding } from './check.ts';
import { engineReachedBy, engineSocketMount } from './engine-socket-mount.ts';
import { hostPathVolumes } from './host-path-mounts.ts';
import { hostPathProtected } from './host-path-protected.ts';
import { hostPathUnlisted } from './host-path-unlisted.ts';

interface Mount {
  readonly readOnly?: boolean;
  readonly recursiveReadOnly?: string;
  readonly subPath?: string | null;
  readonly subPathExpr?: string;
}

describe('the access over all mounts of a volume', () => {
  const enabled = { readOnly: true, recursiveReadOnly: 'Enabled' };
  test.for<readonly [string, readonly Mount[], string]>([
    ['no mount', [], 'rro'],
    ['a mount that says nothing', [{}], 'rw'],
    ['a writable mount', [{ readOnly: false }], 'rw'],
    ['a read-only mount', [{ readOnly: true }], 'ro'],
    ['a recursively read-only mount', [enabled], 'rro'],
    ['one that is so if possible', [{ readOnly: true, recursiveReadOnly: 'IfPossible' }], 'ro'],
    ['one that is not', [{ readOnly: true, recursiveReadOnly: 'Disabled' }], 'ro'],
    ['recursively, but not read-only', [{ recursiveReadOnly: 'Enabled' }], 'rw'],
    ['read-only and writable', [{ readOnly: true }, {}, enabled], 'rw'],
    ['recursively so and not', [enabled, { readOnly: true }], 'ro'],
    ['not recursively so, and so', [{ readOnly: true }, enabled], 'ro'],
    ['all recursively so', [enabled, enabled], 'rro'],
    ['a writable mount of a part', [{ readOnly: true }, { subPath: 'x' }], 'rw'],
  ])('is, with %s, %s', ([, mounts, access]) => {
    for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
      expect(unlisted('/data', mounts, list)[0]?.value).toBe(`/data:${access}`);
    }
  });

  test('is that of no mount where the volume has no name, and the container no mounts', () => {
    const spec = { volumes: [{ hostPath: { path: '/data' } }], containers: [{ name: 'c' }] };
    expect(hostPathUnlisted.find.pod(podSubject({ spec }, 'jobs')).map(({ value }) => value)).toEqual(['/data:rro']);
  });

  test('counts only the mounts of that volume', () => {
    const subject = podSubject(
      {
        spec: {
          volumes: [
            { name: 'a', hostPath: { path: '/a' } },
            { name: 'b', hostPath: { path: '/b' } },
          ],
          containers: [{ name: 'c', volumeMounts: [{ name: 'a' }, { name: 'b', readOnly: true }] }],
        },
      },
      'jobs',
    );
    expect(hostPathUnlisted.find.pod(subject).map(({ value, place }) => [place, value])).toEqual([
      [{ volume: 'a' }, '/a:rw'],
      [{ volume: 'b' }, '/b:ro'],
    ]);
  });
});

describe('the value of a finding', () => {
  const everything = { paths: () => true };

  test('is the path as it was sent, so that the allowance reads the very same', () => {
    for (const path of ['//etc/./localtime/', '/etc/a b', '/etc/ü', '/etc/x:ro', '/etc/\u202e']) {
      const [finding] = hostPathProtected.find.pod(subjectOf(path, [{}]), {});
      expect(finding?.value).toBe(`${path}:rw`);
      const asked: unknown[] = [];
      hostPathProtected.permits(finding as Finding, { paths: (...question) => asked.push(question) > 0 });
      expect(asked).toEqual([[path, 'rw']]);
    }
  });

  test('is tolerated by nothing when the path cannot be read', () => {
    for (const path of ['', '/a/../b', '/a\u0000', `/${'a'.repeat(5000)}`, '/host'.repeat(500)]) {
      const [finding] = hostPathProtected.find.pod(subjectOf(path, []), {});
      expect(finding?.value).toMatch(/#[0-9a-f]{16}:unreadable$/);
      expect(finding?.value).not.toMatch(/\p{Cc}/u);
      expect(hostPathProtected.permits(finding as Finding, everything)).toBe(false);
    }
  });

  test('is cut, and then tolerated by nothing, when a readable path was sent far too long', () => {
    const padded = (end: string) => `${'/'.repeat(5000)}etc/${end}`;
    const [one, other] = [padded('a'), padded('b')].map(
      (path) => hostPathProtected.find.pod(subjectOf(path, []), {})[0],
    );
    expect(one?.value).toMatch(/#[0-9a-f]{16}:cut$/);
    expect(one?.value.length).toBeLessThan(200);
    expect(one?.value).not.toBe(other?.value);
    expect(hostPathProtected.permits(one as Finding, everything)).toBe(false);
  });

  test('is whole up to 4,096 characters as it was sent', () => {
    const longest = `${'/'.repeat(4091)}etc/a`;
    const [whole, cut] = [longest, `/${longest}`].map(
      (path) => hostPathProtected.find.pod(subjectOf(path, [{}]), {})[0],
    );
    expect(whole?.value).toBe(`${longest}:rw`);
    expect(cut?.value).toMatch(/:cut$/);
  });

  test('never grows a message with what its author wrote', () => {
    const [finding] = hostPathUnlisted.find.pod(subjectOf(`/data/${'x'.repeat(4000)}`, []));
    expect(finding?.message.length).toBeLessThan(200);
    const [hostile] = hostPathUnlisted.find.pod(subjectOf('/data/\u202e\u200b', []));
    expect(hostile?.message).toContain('\\u{202e}\\u{200b}');
  });
});

describe('the message of a finding', () => {
  test.for<readonly [string, string]>([
    ['/run/docker.sock', 'mounts /run/docker.sock, the Docker socket'],
    ['/var/run', 'mounts /var/run, which is /run, a parent of /run/docker.sock, the Docker socket'],
    [
      '/proc/1/root/var/run/docker.sock',
      'which is /run/docker.sock (/proc/1/root is /, /var/run is /run), the Docker socket',
    ],
    ['/run/containerd/s', 'mounts /run/containerd/s, inside /run/containerd, the sockets and state of containerd'],
    ['/data/docker.sock', 'mounts /data/docker.sock, an engine socket by its name'],
    ['C:\\', 'mounts C:\\, which is c:/, a parent of c:/programdata/docker, the data of an engine on Windows'],
    ['/data/engine', 'mounts /data/engine, inside /data, a place of an engine of this site'],
  ])('says of %j %j', ([path, words]) => {
    const site = { engineRoots: compileHostPaths(['/data']) };
    expect(engineSocketMount.find.pod(subjectOf(path, []), site)[0]?.message).toContain(words);
  });

  test.for<readonly [string, string]>([
    ['/lib/modules', 'which is /usr/lib/modules (/lib is /usr/lib), inside /usr, the programs of the node'],
    ['/a/../b', 'mounts /a/../b, which has a ".." segment'],
    ['/etc/a b', 'mounts "/etc/a b", inside /etc, the configuration of the node'],
    ["/etc/'", `mounts "/etc/'", inside /etc`],
    ['', 'mounts "", which is empty'],
  ])('says of %j %j', ([path, words]) => {
    expect(hostPathProtected.find.pod(subjectOf(path, []), {})[0]?.message).toContain(words);
  });

  test('says of a protected path of the site that it is one', () => {
    const site = { paths: compileHostPaths(['/data']) };
    expect(hostPathProtected.find.pod(subjectOf('/data/keys', []), site).map(({ message }) => message)).toEqual([
      'volume "v" mounts /data/keys, inside /data, a protected path of this site',
    ]);
  });

  test('points to the device plugin for /dev/fuse, and only there', () => {
    expect(hostPathProtected.find.pod(subjectOf('/dev/fuse', []), {})[0]?.remedy).toContain('mount-fuse: "true"');
    expect(hostPathProtected.find.pod(subjectOf('/dev/kvm', []), {})[0]).not.toHaveProperty('remedy');
  });
});

describe('paths with a subPath', () => {
  test('are found with their own access, once for each path', () => {
    const mounts = [
      { readOnly: true, subPath: 'docker.sock' },
      { subPath: 'docker.sock' },
      { readOnly: true, subPath: 'docker.sock' },
      { readOnly: true, subPath: 'crio.sock' },
    ];
    const findings = engineSocketMount.find.pod(subjectOf('/data', mounts), {});
    expect(findings.map(({ value }) => value)).toEqual(['/data/docker.sock:rw', '/data/crio.sock:ro']);
  });

  test('are those of mounts that have one, below the path as it was sent', () => {
    const mounts = [{}, { subPath: 'a' }, { subPath: null, subPathExpr: '$(B)' }, { subPath: '', subPathExpr: 'c' }];
    for (const [path, below] of [
      ['/srv/', '/srv/'],
      ['/srv', '/srv/'],
      // So long a spelling would be read anew with each mount.
      [`${'/'.repeat(5000)}srv`, '/srv/'],
      [`${'/'.repeat(4093)}srv`, `${'/'.repeat(4093)}srv/`],
    ] as const) {
      const [volume] = hostPathVolumes(subjectOf(path, mounts));
      expect(volume?.subPaths.map(({ sent }) => sent)).toEqual([`${below}a`, `${below}$(B)`, `${below}c`]);
    }
  });

  test('are read as far as the volume does not reach an engine and the node by itself', () => {
    const below = (path: string) =>
      hostPathVolumes(subjectOf(path, [{ subPath: 'a' }]))[0]?.subPaths.map(({ sent }) => sent);
    expect(['/', '/data/docker.sock', '/etc', '/data'].map(below)).toEqual([
      [],
      ['/data/docker.sock/a'],
      ['/etc/a'],
      ['/data/a'],
    ]);
  });

  test('are left to the checks of what they reach where the volume is found by another check', () => {
    expect(hostPathUnlisted.find.pod(subjectOf('/etc', [{ subPath: 'a' }]))).toEqual([]);
  });

  test('are pointed to by the first mount that has them', () => {
    const [volume] = hostPathVolumes(subjectOf('/srv', [{ subPath: 'a' }, { subPathExpr: 'b' }, { subPath: 'b' }]));
    expect(volume?.subPaths.map(({ pointer }) => pointer)).toEqual([
      '/spec/containers/0/volumeMounts/0/subPath',
      '/spec/containers/0/volumeMounts/1/subPathExpr',
    ]);
  });

  test('cost as good as nothing when they are the same again', () => {
    const mounts = Array.from({ length: 3000 }, () => ({ subPath: 'a' }));
    expect(hostPathProtected.find.pod(subjectOf(`/data${'/x'.repeat(500)}`, mounts), {})).toEqual([]);
  });

  test('are denied when there are more than can be read', () => {
    const mounts = Array.from({ length: 3000 }, (_, index) => ({ subPath: `${index}` }));
    const findings = hostPathProtected.find.pod(subjectOf(`/data${'/x'.repeat(500)}`, mounts), {});
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain('too many paths in one pod');
    expect(hostPathProtected.permits(findings[0] as Finding, { paths: () => true })).toBe(false);
  });

  test('are read up to 262,144 characters, and the first that is over stands for all others', () => {
    // Each is /cd/10 and so on, written with 4,096 characters.
    const mounts = Array.from({ length: 64 }, (_, index) => ({ subPath: `${'/'.repeat(4090)}${index + 10}` }));
    const [volume] = hostPathVolumes(subjectOf('/cd', [...mounts, { subPath: 'over' }, { subPath: 'too' }]));
    const read = volume?.subPaths.map(({ sent, path }) => [sent.replaceAll(/\/+/g, '/'), path.kind]);
    expect(read?.slice(63)).toEqual([
      ['/cd/73', 'readable'],
      ['/cd/over', 'unreadable'],
    ]);
  });

  test('are all read in an ordinary pod', () => {
    const mounts = Array.from({ length: 1000 }, (_, index) => ({ subPath: `releases/${index}` }));
    expect(hostPathProtected.find.pod(subjectOf('/srv/data', mounts), {})).toEqual([]);
  });
});

test('only volumes with a hostPath are read, and only where a pod has them', () => {
  const volumes = [
    { name: 'a', emptyDir: {} },
    { name: 'b', hostPath: null },
  ];
  const all = [...volumes, { name: 'c', hostPath: { path: '/c' } }, { name: 'd', hostPath: {} }];
  const containers = [{ name: 'c', volumeMounts: null }, { name: 'd' }];
  const read = (some: readonly object[]) =>
    hostPathVolumes(podSubject({ spec: { volumes: some, containers } }, 'jobs'));
  expect(read(volumes)).toEqual([]);
  expect(read(all).map(({ name, sent }) => [name, sent])).toEqual([
    ['c', '/c'],
    ['d', ''],
  ]);
});

test('the volumes of a pod are read once for all checks', () => {
  const subject = subjectOf('/data', [{}]);
  expect(hostPathVolumes(subject)).toBe(hostPathVolumes(subject));
});

test('a pod with many volumes is tolerated path by path', () => {
  const volumes = Array.from({ length: 50 }, (_, index) => ({
    name: `v${index}`,
    hostPath: { path: `/data/${index}` },
  }));
  const entries = volumes.map(({ hostPath: { path } }) => {
    return { path, readOnly: true, tree: false, submounts: 'reject' } as const;
  });
  const findings = hostPathUnlisted.find.pod(podSubject({ spec: { volumes, containers: [] } }, 'jobs'));
  const permitted = (count: number) => {
    const paths = compileAllowedPaths(entries.slice(0, count));
    return findings.filter((finding) => hostPathUnlisted.permits(finding, { paths })).length;
  };
  expect([permitted(50), permitted(49), permitted(0)]).toEqual([50, 49, 0]);
});

describe('engineReachedBy', () => {
  test.for<readonly [string, string]>([
    ['/', '/run/docker.sock'],
    ['/var/run/', '/run/docker.sock'],
    ['/run/containerd', '/run/containerd'],
    ['/host/run', '/run/docker.sock'],
    ['/data/docker.sock', '/data/docker.sock'],
    ['C:\\', 'c:/programdata/docker'],
  ])('names for %j %j', ([path, place]) => {
    expect(engineReachedBy(path)).toBe(place);
  });

  test.for([
    '/dev',
    '/var/lib/kubelet',
    '/var/lib/kubelet/device-plugins',
    '/etc',
    '/cache',
    '/run/containerd/s',
    '/a/../run',
    '',
  ])('names nothing for %j', (path) => {
    expect(engineReachedBy(path)).toBeUndefined();
  });
});

function subjectOf(path: string, mounts: readonly Mount[], list = 'containers') {
  const containers = [{ name: 'c', volumeMounts: mounts.map((mount) => ({ ...mount, name: 'v' })) }];
  return podSubject({ spec: { volumes: [{ name: 'v', hostPath: { path } }], [list]: containers } }, 'jobs');
}

function unlisted(path: string, mounts: readonly Mount[], list: string): readonly Finding[] {
  return hostPathUnlisted.find.pod(subjectOf(path, mounts, list));
}

describe('a pod that is made to be slow', () => {
  const formsOf = (volumes: readonly { readonly path: CanonicalHostPath }[]) =>
    volumes.reduce((sum, { path }) => sum + (path.kind === 'readable' ? path.forms.length : 0), 0);

  test('is read up to a number of names, and what is over that is unreadable, which nothing allows', () => {
    const volumes = Array.from({ length: 8000 }, (_, index) => ({
      name: `v${index}`,
      hostPath: { path: `${'/host'.repeat(30)}/a${index}` },
    }));
    const read = hostPathVolumes(podSubject({ spec: { containers: [], volumes } }, 'jobs'));
    expect(read).toHaveLength(8000);
    expect(formsOf(read)).toBeLessThan(17_000);
    expect(read.at(-1)?.path).toMatchObject({ kind: 'unreadable' });
    expect(read[0]?.path).toMatchObject({ kind: 'readable' });
  });

  test('is read while there are any of 16,384 names left', () => {
    const volumes = Array.from({ length: 16_386 }, (_, index) => ({ name: `v${index}`, hostPath: { path: '/cd' } }));
    const read = hostPathVolumes(podSubject({ spec: { containers: [], volumes } }, 'jobs'));
    expect(read.slice(-2).map(({ path }) => path.kind)).toEqual(['readable', 'unreadable']);
  });

  test('has its mounts read once, however many volumes have one name', () => {
    const count = 3000;
    let reads = 0;
    const mount = {
      name: 'a',
      mountPath: '/x',
      get readOnly() {
        reads += 1;
        return true;
      },
    };
    const volumes = Array.from({ length: count }, () => ({ name: 'a', hostPath: { path: '/x' } }));
    const containers = [{ name: 'c', volumeMounts: Array.from({ length: count }, () => mount) }];
    const subject = podSubject({ spec: { containers, volumes } }, 'jobs');
    reads = 0;
    expect(hostPathVolumes(subject).map(({ access }) => access)).toEqual(Array.from({ length: count }, () => 'ro'));
    expect(reads).toBeLessThan(3 * count);
  });
});
