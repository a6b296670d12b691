import fc from 'fast-check';
import { ancestorPath, enginePath, nodePath, pid, unlistedPath, unreadablePath } from './arbitrary-path-lists.ts';

/** Other spellings of a path that mean the very same: doubled slashes, dots, a slash at the end, none at the start. */
export function respell(path: string): fc.Arbitrary<string> {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  const separator = fc.oneof(
    { weight: 6, arbitrary: fc.constant('/') },
    { weight: 1, arbitrary: fc.constantFrom('//', '/./', '///', '/././', '//.//') },
  );
  return fc
    .record({
      isRelative: fc.boolean().map((said) => said && segments.length > 0 && !/^[A-Za-z]:|^\\/.test(segments[0] ?? '')),
      separators: fc.array(separator, { minLength: segments.length, maxLength: segments.length }),
      end: fc.constantFrom('', '', '', '/', '//', '/.', '/./'),
    })
    .map(({ isRelative, separators, end }) => {
      const joined = segments.map((segment, i) => `${separators[i] ?? '/'}${segment}`).join('');
      const start = isRelative ? joined.replace(/^[/.]*\//, '') : joined;
      const whole = `${start}${end}`;
      return whole === '' ? '/' : whole.replace(/^\/\/+\.(?=\/|$)/, '/.');
    });
}

/** Other names that a directory may have, and the name that the documents give it. */
const otherNames: readonly (readonly [string, readonly string[]])[] = [
  ['/run/lock', ['/var/lock']],
  ['/run', ['/var/run']],
  ['/usr/bin', ['/bin']],
  ['/usr/sbin', ['/sbin']],
  ['/usr/lib', ['/lib']],
  ['/usr/lib32', ['/lib32']],
  ['/usr/lib64', ['/lib64']],
  ['/usr/local', ['/var/usrlocal']],
  ['/proc/self/fd', ['/dev/fd']],
  ['/home', ['/var/home']],
  ['/root', ['/var/roothome']],
  ['/opt', ['/var/opt']],
  ['/srv', ['/var/srv']],
  ['/mnt', ['/var/mnt']],
  ['/var', ['/ostree/deploy/fedora/var']],
];

const rootNames: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('/host', '/rootfs', '/host_mnt', '/run/host', '/sysroot', '/var/lib/snapd/hostfs'),
  fc.constantFrom(
    '/var/run/host',
    '/ostree/deploy/fedora/deploy/0123abcd.0',
    '/sysroot/ostree/deploy/rhcos/deploy/f.0',
  ),
  fc.tuple(pid, fc.constantFrom('root', 'cwd')).map(([id, what]) => `/proc/${id}/${what}`),
);

/** The same path by other names of its directories: what is found in the path must be found in these too. */
export function realias(path: string): fc.Arbitrary<string> {
  const renamed = otherNames
    .filter(([name]) => path === name || path.startsWith(`${name}/`))
    .flatMap(([name, others]) => others.map((other) => `${other}${path.slice(name.length)}`));
  const rooted = fc.array(rootNames, { minLength: 1, maxLength: 2 }).map((roots) => `${roots.join('')}${path}`);
  return renamed.length === 0 ? rooted : fc.oneof(fc.constantFrom(...renamed), rooted);
}

/** Other spellings of a path of Windows that mean the very same. */
export function respellWindows(path: string): fc.Arbitrary<string> {
  return fc
    .record({
      slash: fc.constantFrom('\\', '/'),
      letters: fc.constantFrom('as they are', 'small', 'capital'),
      end: fc.constantFrom('', '', '.', ' ', '. .'),
    })
    .map(({ slash, letters, end }) => {
      const slashed = path.replaceAll(/[\\/]/g, slash);
      const ended = /[\\/]$/.test(slashed) ? slashed : `${slashed}${end}`;
      if (letters === 'as they are') return ended;
      return letters === 'small' ? ended.toLowerCase() : ended.toUpperCase();
    });
}

/** The segments of a path that is protected, or of one by name of a socket. */
const protectedSegments: fc.Arbitrary<readonly string[]> = fc
  .oneof(enginePath, nodePath)
  .map((path) => path.split('/').slice(1));

const segment: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('data', 'cache', 'ci', 'x', 'a.b', '...', 'work dir', 'run', 'etc', 'docker'),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'abcxyz019-_.'), minLength: 3, maxLength: 8 }) },
);

/** Another name that is only just not this one. */
const nearly: fc.Arbitrary<(name: string) => string> = fc.constantFrom<(name: string) => string>(
  (name) => `${name}x`,
  (name) => `${name}.d`,
  (name) => `${name}~`,
  (name) => `${name} `,
  (name) => `x${name}`,
  (name) => name.slice(0, -1) || 'x',
  (name) => name.toUpperCase(),
);

const joined = (segments: readonly string[]): string => `/${segments.join('/')}`;

/** What is above a protected path, in it, beside it, or only named like it. */
const derivedPath: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(protectedSegments, fc.nat({ max: 4 })).map(([segments, depth]) => joined(segments.slice(0, depth))),
  fc
    .tuple(protectedSegments, fc.array(segment, { minLength: 1, maxLength: 2 }))
    .map(([segments, more]) => joined([...segments, ...more])),
  fc.tuple(protectedSegments, fc.nat({ max: 5 }), nearly).map(([segments, n, change]) => {
    const place = n % segments.length;
    return joined(segments.map((name, i) => (i === place ? change(name) : name)));
  }),
  fc
    .tuple(fc.constantFrom('data', 'builds', 'scratch'), protectedSegments)
    .map(([first, segments]) => joined([first, ...segments])),
  fc
    .tuple(fc.constantFrom('data', 'builds', 'scratch'), fc.array(segment, { maxLength: 3 }))
    .map(([first, segments]) => joined([first, ...segments])),
);

/** An absolute path of Linux in its shortest spelling: of an engine, of the node, above those, or of nothing. */
export const plainPath: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: enginePath },
  { weight: 4, arbitrary: nodePath },
  { weight: 1, arbitrary: ancestorPath },
  { weight: 5, arbitrary: unlistedPath },
  { weight: 6, arbitrary: derivedPath },
);

/** Paths of Windows, protected and not. */
const windowsPath: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('C:\\', 'c:/', 'C:', '\\', '\\\\?\\C:\\', '//?/C:/', '//./c:/', 'C:\\.\\', 'D:\\', 'C:\\data\\'),
      fc.constantFrom(
        ...[
          'ProgramData\\docker',
          'ProgramData',
          'ProgramData\\containerd\\root',
          'Windows\\System32',
          'k',
          'k\\config',
        ],
        ...[
          'var\\lib\\kubelet',
          'var\\lib\\kubelet\\pods',
          'kube',
          'data\\docker.sock',
          'data',
          'work\\..\\k',
          'kk\\x',
        ],
      ),
    )
    .chain(([start, rest]) => respellWindows(`${start}${rest}`))
    // With slashes only, and without a drive, it is a path of Linux.
    .filter((path) => !/^\/[^/]/.test(path) || path.includes('\\')),
  fc
    .constantFrom(
      '\\\\.\\pipe\\docker_engine',
      '//./pipe/docker_engine',
      '\\\\.\\pipe\\dockerd_extra',
      '\\\\.\\pipe\\containerd-containerd',
      '//./pipe/cri-dockerd',
      '\\\\?\\pipe\\docker_engine',
      '\\\\.\\pipe',
      'C:\\',
      'C:/',
      'C:\\ProgramData\\docker\\windowsfilter',
      'C:\\ProgramData',
      'c:\\programdata\\containerd\\root',
      '\\\\?\\C:\\ProgramData\\docker',
      'C:\\var\\lib\\kubelet\\pods',
      'C:/k/config',
      'C:\\k',
      'C:\\var',
      'C:\\data\\docker.sock',
    )
    .chain(respellWindows),
  fc.constantFrom('C:\\data', 'D:\\cache', '\\\\.\\pipe\\other', 'C:\\kube', 'C:/ProgramData/dockers', 'E:/work'),
);

/** A path of a host path volume: what is protected, what is above it, what is not, in every spelling. */
export const oraclePath: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 10,
    arbitrary: plainPath
      .chain((path) =>
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(path) },
          { weight: 1, arbitrary: realias(path) },
          { weight: 1, arbitrary: realias(path).chain(realias) },
        ),
      )
      .chain((path) => fc.oneof({ weight: 1, arbitrary: fc.constant(path) }, { weight: 1, arbitrary: respell(path) })),
  },
  { weight: 1, arbitrary: windowsPath },
  { weight: 1, arbitrary: unreadablePath },
);

/** A path below a volume. */
export const oracleSubPath: fc.Arbitrary<string> = fc.constantFrom(
  'log/x',
  'docker.sock',
  'run/docker.sock',
  'etc',
  'work',
  'cache/npm',
  'containerd/containerd.sock',
  'kubernetes',
  '$(POD_NAME)/docker.sock',
  '$(DIR)',
  './etc/',
  'a/../..',
  'lib/docker',
);
