import { describe, expect, test } from 'vitest';
import { canonicalHostPath } from './host-path.ts';
import { compileHostPathGroups, compileHostPaths, hostPathProblem } from './host-path-index.ts';
import { deviceNames, readWindowsPath, rewriteWindowsPath, windowsShapes } from './host-path-windows.ts';

describe('canonicalHostPath', () => {
  test.for([
    ['/run/docker.sock', ['/run/docker.sock']],
    ['//run///docker.sock//', ['/run/docker.sock']],
    ['/./run/./docker.sock/.', ['/run/docker.sock']],
    ['run/docker.sock', ['/run/docker.sock']],
    ['./run', ['/run']],
    ['/', ['/']],
    ['//', ['/']],
    ['/.', ['/']],
    ['.', ['/']],
    ['/...', ['/...']],
    ['/..a', ['/..a']],
    ['/.hidden', ['/.hidden']],
    ['/.a', ['/.a']],
    ['/x/c:/y', ['/x/c:/y']],
    ['/x/users/y', ['/x/users/y']],
    ['/usersx', ['/usersx']],
    ['/users.x', ['/users.x']],
    ['/progra~x', ['/progra~x']],
    ['/docume~x', ['/docume~x']],
    [' /run', ['/ /run']],
    ['/run ', ['/run ']],
    ['/RUN', ['/RUN']],
    ['/%72un', ['/%72un']],
    ['/$(RUN)', ['/$(RUN)']],
    ['/ｒｕｎ', ['/ｒｕｎ']],
  ] as const)('reads %j literally as %j', ([path, forms]) => {
    expect(formsOf(path)).toEqual(forms);
  });

  test.for([
    ['/var/run', ['/var/run', '/run']],
    ['/var/run/x', ['/var/run/x', '/run/x']],
    ['/var/lock', ['/var/lock', '/run/lock']],
    ['/bin', ['/bin', '/usr/bin']],
    ['/sbin/x', ['/sbin/x', '/usr/sbin/x']],
    ['/lib/modules', ['/lib/modules', '/usr/lib/modules']],
    ['/lib32', ['/lib32', '/usr/lib32']],
    ['/lib64', ['/lib64', '/usr/lib64']],
    ['/libx32/x', ['/libx32/x', '/usr/libx32/x']],
    ['/proc/1/root', ['/proc/1/root', '/']],
    ['/proc/self/cwd/run', ['/proc/self/cwd/run', '/run']],
    ['/proc/thread-self/root', ['/proc/thread-self/root', '/']],
    ['/proc/12/task/34/root/etc', ['/proc/12/task/34/root/etc', '/etc']],
    ['/proc/12/task/34/cwd', ['/proc/12/task/34/cwd', '/']],
    ['/proc/12/fd/3/x', ['/proc/12/fd/3/x', '/x']],
    ['/proc/12/task/34/fd/3', ['/proc/12/task/34/fd/3', '/']],
    ['/dev/fd/3', ['/dev/fd/3', '/proc/self/fd/3', '/']],
    ['/dev/stdin', ['/dev/stdin', '/proc/self/fd/0', '/']],
    ['/dev/stdout', ['/dev/stdout', '/proc/self/fd/1', '/']],
    ['/dev/stderr', ['/dev/stderr', '/proc/self/fd/2', '/']],
    ['/sysroot/etc', ['/sysroot/etc', '/etc']],
    ['/ostree/deploy/fedora/deploy/abc.0/etc', ['/ostree/deploy/fedora/deploy/abc.0/etc', '/etc']],
    ['/ostree/deploy/fedora/var/lib', ['/ostree/deploy/fedora/var/lib', '/var/lib']],
    ['/ostree/boot.1/fedora/abc/0/etc', ['/ostree/boot.1/fedora/abc/0/etc', '/etc']],
    ['/home/x', ['/home/x', '/var/home/x']],
    ['/var/home/x', ['/var/home/x', '/home/x']],
    ['/root', ['/root', '/var/roothome']],
    ['/var/roothome/x', ['/var/roothome/x', '/root/x']],
    ['/opt/cni', ['/opt/cni', '/var/opt/cni']],
    ['/var/opt', ['/var/opt', '/opt']],
    ['/var/srv', ['/var/srv', '/srv']],
    ['/var/mnt/x', ['/var/mnt/x', '/mnt/x']],
    ['/srv/x', ['/srv/x', '/var/srv/x']],
    ['/mnt/x', ['/mnt/x', '/var/mnt/x']],
    ['/usr/local/bin', ['/usr/local/bin', '/var/usrlocal/bin']],
    ['/var/usrlocal', ['/var/usrlocal', '/usr/local']],
    ['/host/run', ['/host/run', '/run']],
    ['/rootfs', ['/rootfs', '/']],
    ['/host_mnt/x', ['/host_mnt/x', '/x']],
    ['/run/host/etc', ['/run/host/etc', '/etc']],
    ['/var/lib/snapd/hostfs/run', ['/var/lib/snapd/hostfs/run', '/run']],
    ['/.bottlerocket/rootfs/etc', ['/.bottlerocket/rootfs/etc', '/etc']],
    ['/local/var/lib', ['/local/var/lib', '/var/lib']],
    ['/local/mnt/x', ['/local/mnt/x', '/mnt/x', '/var/mnt/x']],
    ['/local/opt/x', ['/local/opt/x', '/opt/x', '/var/opt/x']],
    ['/mnt/sda1/var/x', ['/mnt/sda1/var/x', '/var/mnt/sda1/var/x', '/var/x']],
    ['/mnt/vda1/var/x', ['/mnt/vda1/var/x', '/var/mnt/vda1/var/x', '/var/x']],
    [
      '/mnt/stateful_partition/home/x',
      ['/mnt/stateful_partition/home/x', '/var/mnt/stateful_partition/home/x', '/home/x', '/var/home/x'],
    ],
    ['/.snapshots/1/snapshot/etc', ['/.snapshots/1/snapshot/etc', '/etc']],
    ['/writable/system-data/etc', ['/writable/system-data/etc', '/etc']],
    ['/media/root-ro/etc', ['/media/root-ro/etc', '/etc']],
    ['/media/root-rw/overlay/etc', ['/media/root-rw/overlay/etc', '/etc']],
  ] as const)('finds each name of %j: %j', ([path, forms]) => {
    expect(formsOf(path)).toEqual(forms);
  });

  test.for([
    '/proc/1/root',
    '/proc/self/cwd',
    '/proc/1/task/2/root',
    '/dev/fd/3',
    '/sysroot',
    '/ostree/deploy/fedora/deploy/abc.0',
    '/ostree/boot.1/fedora/abc/0',
    '/.snapshots/1/snapshot',
    '/writable/system-data',
    '/media/root-ro',
    '/media/root-rw/overlay',
    '/host',
    '/rootfs/',
    '/host_mnt',
    '/run/host/.',
    '/var/lib/snapd/hostfs',
    '/.bottlerocket/rootfs',
  ])('finds that %j is the root', (path) => {
    expect(formsOf(path)).toContain('/');
  });

  test.for([
    ['/mnt/stateful_partition/var', '/var'],
    ['/mnt/stateful_partition/home', '/home'],
  ] as const)('finds that %j is %j', ([path, form]) => {
    expect(formsOf(path)).toContain(form);
  });

  test('follows one alias after another', () => {
    expect(formsOf('/proc/1/root/var/run/docker.sock')).toContain('/run/docker.sock');
    expect(formsOf('/host/sysroot/proc/self/root/var/run')).toContain('/run');
    expect(formsOf('/host/host/host/etc')).toContain('/etc');
    expect(formsOf('/proc/1/root/'.repeat(20))).toContain('/');
    expect(formsOf('/mnt/stateful_partition/var/run/x')).toContain('/run/x');
    expect(formsOf('/sysroot/ostree/deploy/fcos/var/home/u')).toContain('/home/u');
  });

  test('tells by which steps a form came about', () => {
    expect(viaOf('/run', '/run')).toBeUndefined();
    expect(viaOf('/var/run/', '/run')).toBe('/var/run is /run');
    expect(viaOf('/proc/1/root/var/run/x', '/run/x')).toBe('/proc/1/root is /, /var/run is /run');
    expect(viaOf('\\\\?\\UNC\\localhost\\c$\\k', 'c:/k')).toBe('//./unc/localhost is //., //./c$ is c:');
  });

  test.for([
    '/var/runner',
    '/variable/run',
    '/binary',
    '/library',
    '/hostel/run',
    '/rootfs2',
    '/proc/1x/root',
    '/proc/root',
    '/proc/self/rooted',
    '/proc/self/fd/x',
    '/proc/self/fd/x1',
    '/proc/self/fd/1x',
    '/proc/x1/root',
    '/proc/myself/root',
    '/ostree/deploy/fedora/deploy',
    '/mnt-old',
    '/Var/Run',
  ])('knows no further name of %j in Linux', (path) => {
    const linux = formsOf(path).filter((form) => !/^[a-z]:/.test(form));
    expect(linux).toEqual([path]);
  });

  test.for([
    ['C:\\', ['c:']],
    ['C:', ['c:']],
    ['c:/', ['c:']],
    ['C:temp', ['c:/temp']],
    ['C:/ProgramData//Docker/', ['c:/programdata/docker']],
    ['C:\\ProgramData\\.\\docker', ['c:/programdata/docker']],
    ['C:\\ \\. \\k', ['c:/k']],
    ['C:\\a\\...\\b', ['c:/a/.../b']],
    ['C:\\ProgramData.\\docker . .', ['c:/programdata/docker']],
    ['C:\\ProgramData\\docker::$INDEX_ALLOCATION', ['c:/programdata/docker']],
    ['C:\\Users\\All Users\\docker', ['c:/users/all users/docker', 'c:/programdata/docker']],
    ['C:\\Documents and Settings\\x', ['c:/documents and settings/x', 'c:/users/x']],
  ] as const)('reads %j as Windows does: %j', ([path, forms]) => {
    expect(formsOf(path)).toEqual(forms);
  });

  test.for([
    ['\\\\.\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\.\\PIPE\\Docker_Engine', '//./pipe/docker_engine'],
    ['\\\\?\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['//./pipe/docker_engine', '//./pipe/docker_engine'],
    ['//./pipe//docker_engine', '//./pipe/docker_engine'],
    ['///./pipe/docker_engine', '//./pipe/docker_engine'],
    ['/\\.\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\/./pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\??\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\localhost\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['//127.0.0.1/pipe/docker_engine', '//./pipe/docker_engine'],
    ['\\\\?\\GLOBALROOT\\Device\\NamedPipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\.\\globalroot\\??\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\?\\C:\\', 'c:'],
    ['//?/c:/', 'c:'],
    ['\\\\.\\c:\\k', 'c:/k'],
    ['\\??\\C:\\k', 'c:/k'],
    ['\\\\localhost\\c$\\k', 'c:/k'],
    ['//localhost/C$/k', 'c:/k'],
    ['\\\\?\\UNC\\localhost\\c$\\k', 'c:/k'],
    ['\\\\localhost\\admin$', 'c:/windows'],
    ['\\\\?\\GLOBALROOT\\Device\\Mup\\localhost\\c$\\k', 'c:/k'],
    ['\\\\?\\GLOBALROOT\\Device\\HarddiskVolume3\\k', 'c:/k'],
    ['\\\\?\\Volume{9a8b7c6d-0000-0000-0000-100000000000}\\k', 'c:/k'],
    ['\\\\?\\GLOBALROOT\\SystemRoot', 'c:/windows'],
    ['\\k\\x', 'c:/k/x'],
    ['k\\x', 'c:/k/x'],
    ['/C:/k', 'c:/k'],
    ['/ProgramData/docker', 'c:/programdata/docker'],
    ['ProgramData/docker', 'c:/programdata/docker'],
    ['/Program Files/docker', 'c:/program files/docker'],
    ['/host/ProgramData/docker', 'c:/programdata/docker'],
    ['/Program Files (x86)/docker', 'c:/program files (x86)/docker'],
    ['/PROGRA~1/docker', 'c:/progra~1/docker'],
    ['/DOCUME~1/x', 'c:/docume~1/x'],
    ['/Users', 'c:/users'],
    ['/Users. ./x', 'c:/users/x'],
    ['//.', '//.'],
    ['//?', '//.'],
    ['//localhost/c$', 'c:'],
    ['//localhost//c$/k', 'c:/k'],
    ['C:\\ProgramData\\Application Data\\docker', 'c:/programdata/docker'],
    ['\\\\localhost\\IPC$\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\localhost\\IPC$\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\.\\Global\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\?\\GLOBALROOT\\GLOBAL??\\pipe\\docker_engine', '//./pipe/docker_engine'],
    ['\\\\?\\GLOBALROOT\\DosDevices\\C:\\k', 'c:/k'],
    ['\\\\?\\GLOBALROOT\\Device\\LanmanRedirector\\localhost\\c$\\k', 'c:/k'],
    ['\\\\?\\GLOBALROOT\\Device\\Harddisk0\\Partition12\\k', 'c:/k'],
  ] as const)('finds under %j what Windows does: %j', ([path, form]) => {
    expect(formsOf(path)).toContain(form);
  });

  test.for(['\\\\.\\pipe\\docker_engine', '//./run/docker.sock', '\\run', 'a\\b'])(
    'also reads %j as Linux does',
    (path) => {
      const canonical = canonicalHostPath(path);
      expect(canonical).toMatchObject({ kind: 'readable' });
      if (canonical.kind === 'unreadable') return;
      expect(new Set(canonical.forms.map(({ system }) => system))).toEqual(new Set(['linux', 'windows']));
    },
  );

  test.for([
    ['\\', 'c:'],
    ['\\\\.\\pipe\\x', '//./pipe/x'],
    ['\\\\?\\pipe\\x', '//./pipe/x'],
    ['\\??\\pipe\\x', '//./pipe/x'],
    ['.\\x', 'c:/x'],
    ['\\.\\x', 'c:/x'],
    ['?\\x', 'c:/?/x'],
    ['\\?\\x', 'c:/?/x'],
    ['??\\x', 'c:/??/x'],
    ['\\\\??\\x', '//./unc/??/x'],
    ['\\\\server\\share', '//./unc/server/share'],
    ['\\\\c:\\x', '//./unc/c:/x'],
    ['ab:c\\x', 'c:/ab/x'],
    ['C:\\x\\a:b', 'c:/x/a'],
    ['C:\\.:x\\k', 'c:/k'],
    ['C:\\...:x\\k', 'c:/.../k'],
    [`C:\\${'a'.repeat(4092)}`, `c:/${'a'.repeat(4092)}`],
  ] as const)('takes %j for %j in Windows', ([path, read]) => {
    expect(readWindowsPath(path)).toEqual({ path: read });
  });

  test.for(['C:\\. ...\\k', 'C:\\... .\\k', `C:\\${'a'.repeat(4093)}`])('cannot read %j in Windows', (path) => {
    expect(readWindowsPath(path)).toHaveProperty('problem');
  });

  test.for([
    '//./unc',
    '//./unc/localhost',
    '//./other/localhost/c$/k',
    '//./c$x/k',
    '//./xharddisk1/k',
    '//./bootpartitions/k',
    '//./partitionx/k',
    '//./pipe/docker_engine',
  ])('knows no further name of %j in Windows', (path) => {
    expect(rewriteWindowsPath(path)).toEqual([]);
  });

  test('reaches a Linux socket through the spelling of a Windows device', () => {
    expect(formsOf('//./run/docker.sock')).toContain('/run/docker.sock');
    expect(formsOf('//?/run')).toContain('/?/run');
  });

  test.for([
    ['', 'is empty'],
    ['..', 'has a ".." segment'],
    ['/a/..', 'has a ".." segment'],
    ['/a/../run', 'has a ".." segment'],
    ['C:\\a\\..\\b', 'has a ".." segment'],
    ['C:\\a\\.. \\b', 'has a ".." segment'],
    ['C:\\a\\. .\\b', 'has a ".." segment'],
    ['C:\\a\\..::$DATA\\b', 'has a ".." segment'],
    ['/a\\..\\b', 'has a ".." segment'],
    ['/host/C:/.. /b', 'has a ".." segment'],
    ['/run/docker.sock\u0000', 'has a control character'],
    ['/run/\ndocker.sock', 'has a control character'],
    ['/run/\u007f', 'has a control character'],
    ['/run/\u0085', 'has a control character'],
    ['/run/\ud800', 'is not Unicode'],
    [`/${'a'.repeat(4095)}`, 'is longer than 4,095 characters'],
    [`C:\\${'a'.repeat(4095)}`, 'is longer than 4,095 characters'],
    ['/host'.repeat(200), 'goes through more links than a node follows'],
  ] as const)('does not read %j: it %s', ([path, problem]) => {
    expect(canonicalHostPath(path)).toEqual({ kind: 'unreadable', problem });
    expect(hostPathProblem(path)).toBe(problem);
  });

  test('counts the length after cleaning, as CRI-O cleans a path before it opens it', () => {
    expect(formsOf(`${'/'.repeat(100_000)}run/docker.sock`)).toEqual(['/run/docker.sock']);
    expect(formsOf(`/${'./'.repeat(100_000)}run`)).toEqual(['/run']);
    expect(formsOf(`C:${'\\.'.repeat(100_000)}\\k`)).toEqual(['c:/k']);
    expect(formsOf(`/${'a'.repeat(4094)}`)).toHaveLength(1);
  });

  test('reads a path that goes through as many links as Linux follows', () => {
    expect(formsOf(`${'/proc/1/root'.repeat(40)}/run`)).toContain('/run');
    expect(formsOf(`${'/proc/1/root/host'.repeat(40)}/run`)).toContain('/run');
  });

  test('reads 128 forms of a path and no more', () => {
    expect(formsOf('/host'.repeat(127))).toHaveLength(128);
    expect(canonicalHostPath('/host'.repeat(128)).kind).toBe('unreadable');
  });

  test('does little work for a path that is far too long', () => {
    for (const part of ['/', '/.', '/host', '/a', '\\', '\\.', 'C:', '/proc/1/root', '. ', '~1']) {
      const canonical = canonicalHostPath(part.repeat(Math.ceil(1_000_000 / part.length)));
      if (canonical.kind === 'readable') expect(canonical.forms.length).toBeLessThanOrEqual(128);
    }
    expect(formsOf('/'.repeat(1_000_000))).toEqual(['/']);
  });
});

describe('compileHostPathGroups', () => {
  const index = compileHostPathGroups([
    { what: 'socket', paths: ['/run/docker.sock'] },
    { what: 'state', paths: ['/run/containerd', '/run/containerd-*', '/home/*/.local/share/docker'] },
    { what: 'etc', paths: ['/etc', '/etc/kubernetes/manifests'], remedy: 'Drop it.' },
    { what: 'wildcards', paths: ['/x/*', '/x/a', '/x/b*', '/h/*/a', '/h/*/a/b', '/w/ab*ba', '/w/ab*c'] },
    { what: 'pipe', paths: ['//./pipe/docker*', 'c:/programdata/docker'] },
  ]);

  test.for([
    ['/run/docker.sock', 'equal', '/run/docker.sock'],
    ['/run/docker.sock/x', 'inside', '/run/docker.sock'],
    ['/run', 'above', '/run/docker.sock'],
    ['/', 'above', '/run/docker.sock'],
    ['/var/run', 'above', '/run/docker.sock'],
    ['/run/containerd', 'equal', '/run/containerd'],
    ['/run/containerd/s/x', 'inside', '/run/containerd'],
    ['/run/containerd-nydus/x', 'inside', '/run/containerd-*'],
    ['/home', 'above', '/home/*/.local/share/docker'],
    ['/home/ci', 'above', '/home/*/.local/share/docker'],
    ['/var/home/ci/.local', 'above', '/home/*/.local/share/docker'],
    ['/home/ci/.local/share/docker/x', 'inside', '/home/*/.local/share/docker'],
    ['/etc', 'equal', '/etc'],
    ['/etc/hosts', 'inside', '/etc'],
    ['/etc/kubernetes', 'above', '/etc/kubernetes/manifests'],
    ['/etc/kubernetes/manifests/x', 'inside', '/etc/kubernetes/manifests'],
    ['/etc/kubernetes/other', 'inside', '/etc'],
    ['/x/a', 'equal', '/x/a'],
    ['/x/bc', 'equal', '/x/*'],
    ['/h/x/a/b/c', 'inside', '/h/*/a/b'],
    ['/w/abba', 'equal', '/w/ab*ba'],
    ['/w/ab1c', 'equal', '/w/ab*c'],
    ['\\\\.\\pipe\\docker_engine', 'equal', '//./pipe/docker*'],
    ['\\\\.\\pipe', 'above', '//./pipe/docker*'],
    ['\\\\.\\', 'above', '//./pipe/docker*'],
    ['C:\\', 'above', 'c:/programdata/docker'],
    ['C:\\ProgramData', 'above', 'c:/programdata/docker'],
    ['C:\\PROGRA~3\\docker', 'equal', 'c:/programdata/docker'],
    ['C:\\PR1A2B~1\\DOCKER\\x', 'inside', 'c:/programdata/docker'],
    ['C:\\PROGRA~3', 'above', 'c:/programdata/docker'],
  ] as const)('finds that %j is %s of %j', ([path, reach, place]) => {
    const canonical = canonicalHostPath(path);
    if (canonical.kind === 'unreadable') throw new Error(canonical.problem);
    expect(index.find(canonical)).toMatchObject({ reach, place });
  });

  test.for([
    '/run/docker.sock.d',
    '/run/docker',
    '/run/containerdx',
    '/runner',
    '/etc-old',
    '/home/ci/.local/share/dockerx',
    '/home/ci/.docker',
    '/tmp',
    '/w/aba',
    '/w/abxb',
    'C:\\xxxprogra~1\\docker',
    '/RUN',
    'C:\\Temp',
    'C:\\TEMP~1\\docker',
    'D:\\ProgramData\\docker',
    '\\\\.\\pipe\\other',
  ])('finds nothing at %j', (path) => {
    const canonical = canonicalHostPath(path);
    if (canonical.kind === 'unreadable') throw new Error(canonical.problem);
    expect(index.find(canonical)).toBeUndefined();
  });
});

describe('compileHostPaths', () => {
  test('counts a place of the site under all its names, and takes * literally', () => {
    const index = compileHostPaths(['/var/run/own', '/data/*', '/a/../b', '/home/build']);
    const placeOf = (path: string) => {
      const canonical = canonicalHostPath(path);
      return canonical.kind === 'unreadable' ? undefined : index.find(canonical)?.place;
    };
    expect(placeOf('/run/own/x')).toBe('/var/run/own');
    expect(placeOf('/var/home/build')).toBe('/home/build');
    expect(placeOf('/data/*/x')).toBe('/data/*');
    expect(placeOf('/data/x')).toBeUndefined();
    expect(placeOf('/b')).toBeUndefined();
    expect(placeOf('/home/bxild')).toBeUndefined();
    expect(placeOf('/home/bu~1')).toBeUndefined();
  });
});

test('finds the root, and nothing where there is no place', () => {
  const root = canonicalHostPath('/');
  const below = canonicalHostPath('/x');
  if (root.kind === 'unreadable' || below.kind === 'unreadable') throw new Error('unreadable');
  expect(compileHostPaths(['/']).find(below)).toMatchObject({ place: '/', reach: 'inside' });
  expect(compileHostPaths([]).find(root)).toBeUndefined();
});

function formsOf(path: string): readonly string[] {
  const canonical = canonicalHostPath(path);
  if (canonical.kind === 'unreadable') throw new Error(`${path.slice(0, 80)} ${canonical.problem}`);
  return canonical.forms.map((form) => form.path);
}

function viaOf(path: string, form: string): string | undefined {
  const canonical = canonicalHostPath(path);
  if (canonical.kind === 'unreadable') throw new Error(canonical.problem);
  const found = canonical.forms.find((one) => one.path === form);
  if (found === undefined) throw new Error(`${path} has no form ${form}`);
  return found.via;
}

test('one backslash names no pipe, though a relative path counts as from the root', () => {
  const canonical = canonicalHostPath('\\data');
  const paths = canonical.kind === 'readable' ? canonical.forms.map(({ path }) => path) : [];
  expect(paths).toEqual(['/\\data', 'c:/data', '//./unc/data']);
});

test('other engines are told by which shapes and names a path is one of Windows', () => {
  const { device, ownShare, systemFolder } = windowsShapes;
  const shapesOf = (path: string) => [device, ownShare, systemFolder].map((shape) => shape.test(path));
  expect(['//./x', '//node/c$', '/ProgramData', '/data'].map(shapesOf)).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
  ]);
  const { namespaces, servers, volume } = deviceNames;
  const namesOf = (name: string) => [namespaces.has(name), servers.has(name), volume.test(name)];
  expect(['globalroot', 'unc', 'harddisk0', 'data'].map(namesOf)).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
  ]);
});
