import fc from 'fast-check';

const uid = fc.constantFrom('0', '1000', '1001', '65534');
const user = fc.constantFrom('alice', 'runner', 'kubernetes');
const pid = fc.constantFrom('self', 'thread-self', '1', '4711');

/** Paths that give a socket or a state directory of an engine. */
const enginePath: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '/run/docker.sock',
      '/run/docker',
      '/run/docker/containerd/containerd.sock',
      '/run/docker/plugins',
      '/run/docker.pid',
      '/run/containerd',
      '/run/containerd/containerd.sock',
      '/run/containerd/containerd.sock.ttrpc',
      '/run/containerd/s',
      '/run/containerd/io.containerd.runtime.v2.task/k8s.io',
      '/run/host-containerd/containerd.sock',
      '/run/crio/crio.sock',
      '/run/crio',
      '/run/cri-dockerd.sock',
      '/run/dockershim.sock',
      '/run/podman/podman.sock',
      '/run/buildkit',
      '/run/stargz-snapshotter',
      '/run/containerd-stargz-grpc/containerd-stargz-grpc.sock',
      '/run/containerd-nydus',
      '/run/containerd-fuse-overlayfs.sock',
      '/run/k3s/containerd/containerd.sock',
      '/run/k0s',
      '/var/snap/microk8s/common/run/containerd.sock',
      '/var/snap/microk8s',
      '/var/snap/docker/common',
      '/run/nri/nri.sock',
      '/run/vc/sbs',
      '/run/kata-containers',
      '/run/firecracker-containerd',
      '/run/balena-engine.sock',
      '/run/isulad.sock',
      '/run/pouchcri.sock',
      '/run/frakti.sock',
      '/run/lxd',
      '/var/lib/lxd/unix.socket',
      '/var/snap/lxd',
      '/var/lib/incus',
      '/run/libvirt/libvirt-sock',
      '/run/api.sock',
      '/system/run/containerd',
      '/run/machined',
      '/var/lib/docker',
      '/var/lib/docker/containers',
      '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs',
      '/var/lib/containers/storage',
      '/var/lib/buildkit',
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(uid, fc.constantFrom('', '/docker.sock', '/podman/podman.sock', '/buildkit/buildkitd.sock', '/bus'))
      .map(([id, rest]) => `/run/user/${id}${rest}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(user, fc.constantFrom('', '/.local', '/.local/share/docker', '/.local/share/containers/storage', '/work'))
      .map(([name, rest]) => `/home/${name}${rest}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/data', '/srv/ci', '/opt/tools', '/mnt/x'),
        fc.constantFrom('docker', 'containerd', 'crio', 'podman', 'buildkitd', 'nri', 'kubelet', 'machine', 'api'),
        fc.constantFrom('.sock', '.sock.ttrpc'),
      )
      .map(([directory, name, end]) => `${directory}/${name}${end}`),
  },
);

/** Trees of the node. */
const nodePath: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '/run/systemd/private',
      '/run/systemd',
      '/run/dbus/system_bus_socket',
      '/var/lib/kubelet',
      '/var/lib/kubelet/pods',
      '/var/lib/kubelet/device-plugins',
      '/var/lib/kubelet/device-plugins/kubelet.sock',
      '/etc',
      '/etc/kubernetes/manifests',
      '/etc/containerd',
      '/etc/cron.d',
      '/etc/localtime',
      '/etc/ssl/certs',
      '/var/lib/rancher/k3s/server/manifests',
      '/var/lib/rancher/k3s/storage/pvc-1',
      '/etc/rancher/k3s',
      '/var/lib/k0s',
      '/var/lib/minikube/certs',
      '/srv/kubernetes',
      '/home/kubernetes/bin',
      '/etc/srv/kubernetes',
      '/var/lib/etcd',
      '/var/lib/kube-proxy/kubeconfig',
      '/var/lib/cni',
      '/opt/cni/bin',
      '/opt/kata',
      '/opt/containerd/bin',
      '/opt/nri/plugins',
      '/sys/fs/cgroup',
      '/proc/sys/kernel/core_pattern',
      '/dev/fuse',
      '/dev/fd/0',
      '/dev/sda',
      '/boot',
      '/usr/bin',
      '/usr/local/bin',
      '/bin/sh',
      '/sbin',
      '/lib/modules',
      '/lib64',
      '/root/.kube',
      '/home',
      '/var/spool/cron',
      '/var/log',
      '/var/log/pods',
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pid, fc.constantFrom('root', 'cwd', 'ns', 'environ'), fc.constantFrom('', '/run', '/data'))
      .map(([id, what, rest]) => `/proc/${id}/${what}${rest}`),
  },
);

/** Directories above what is protected. */
const ancestorPath: fc.Arbitrary<string> = fc.constantFrom(
  '/',
  '/var',
  '/run',
  '/var/lib',
  '/var/snap',
  '/opt',
  '/srv',
  '/system',
  '/var/run',
  '/var/spool',
  '/host',
  '/rootfs',
  '/sysroot',
);

/** Paths that nobody protects, many of them only just. */
const unlistedPath: fc.Arbitrary<string> = fc.constantFrom(
  '/var/runner',
  '/run/scope/plugins',
  '/tmp/cache',
  '/VAR/RUN/docker',
  '/run/dockerx',
  '/etc-old',
  '/mnt/data',
  '/cache',
  '/data',
  '/srv/data',
  '/opt/tools',
  '/run/docker.sock.d',
  '/run/lock/ci',
  '/var/lock/ci',
  '/var/lib/dockerx',
  '/var/lib/kubelets',
  '/var/lib/kube',
  '/var/logs',
  '/var/mnt/data',
  '/var/opt/tools',
  '/host/data',
  '/rootfs/tmp',
  '/run/containerd-other',
  '/run/containerds',
  '/data/docker.socket',
  '/data/Docker.sock',
  '/data/my docker.sock',
  '/data/%2e%2e/etc',
  '/data/$(HOME)',
  '/data/...',
  '/data/a\\..\\b',
  '/ostree/repo',
  '/tmp/etc/kubernetes',
  '/proc2/1/root',
);

/** Paths of Windows, protected and not. */
const windowsPath: fc.Arbitrary<string> = fc.oneof(
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

/** Paths that nobody can read. */
const unreadablePath: fc.Arbitrary<string> = fc.constantFrom(
  '',
  '..',
  '/data/../etc',
  '../run/docker.sock',
  '/data/..',
  '/run/docker.sock/..',
  '/tmp/\u0000docker.sock',
  '/tmp/a\nb',
  '/tmp/\u007f',
  'C:\\a\\..\\b',
  '\\\\?\\C:\\data\\..\\ProgramData',
);

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

/** An absolute path of Linux in its shortest spelling: of an engine, of the node, above those, or of nothing. */
export const plainPath: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: enginePath },
  { weight: 4, arbitrary: nodePath },
  { weight: 1, arbitrary: ancestorPath },
  { weight: 5, arbitrary: unlistedPath },
);

/** A path of a host path volume: what is protected, what is above it, what is not, in every spelling. */
export const oraclePath: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 10,
    arbitrary: plainPath
      .chain((path) => fc.oneof({ weight: 3, arbitrary: fc.constant(path) }, { weight: 1, arbitrary: realias(path) }))
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
);
