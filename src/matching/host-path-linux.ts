import { type Alias, compileAliases, type Rewrite } from './host-path-aliases.ts';

/** PATH_MAX without its NUL (linux/limits.h): no node can open a longer path. */
export const longestPath = 4095;

const slash = 47;
const dot = 46;

/**
 * Writes a path as a Linux node reads it: from the root, without empty and `.` segments. A relative path counts as one
 * from the root, as `MakeAbsolutePath` of Kubernetes' pkg/volume/util has it.
 *
 * Time is linear in the path, and short for one that is far too long. Answers a problem when there is a `..` segment or
 * what is left is longer than PATH_MAX.
 */
export function readLinuxPath(path: string): { readonly path: string } | { readonly problem: string } {
  let clean = '';
  let start = 0;
  while (start < path.length) {
    if (path.charCodeAt(start) === slash) {
      start++;
      continue;
    }
    const next = path.indexOf('/', start);
    const end = next === -1 ? path.length : next;
    const dots = path.charCodeAt(start) === dot;
    if (dots && end - start === 2 && path.charCodeAt(start + 1) === dot) return { problem: 'has a ".." segment' };
    if (!dots || end - start > 1) {
      if (clean.length + 1 + end - start > longestPath) return { problem: 'is longer than 4,095 characters' };
      clean += `/${path.slice(start, end)}`;
    }
    start = end + 1;
  }
  return { path: clean === '' ? '/' : clean };
}

/**
 * The links and bind mounts that distributions come with. A given node may have one or not, so both names count. Places
 * are looked up by the name on the right; where systems differ in which is the link, both are here.
 */
export const linuxAliases: readonly Alias[] = [
  // Filesystem Hierarchy Standard 3.0 §5.13, and the merge of /usr.
  { from: '/var/run', to: '/run' },
  { from: '/var/lock', to: '/run/lock' },
  { from: '/bin', to: '/usr/bin' },
  { from: '/sbin', to: '/usr/sbin' },
  { from: '/lib', to: '/usr/lib' },
  { from: '/lib32', to: '/usr/lib32' },
  { from: '/lib64', to: '/usr/lib64' },
  { from: '/libx32', to: '/usr/libx32' },
  // proc(5): magic links; where a working directory or a descriptor points is unknown, so it may be the root.
  { from: '/proc/<task>/root', to: '/' },
  { from: '/proc/<task>/cwd', to: '/' },
  { from: '/proc/<task>/fd/<number>', to: '/' },
  { from: '/proc/<task>/task/<number>/root', to: '/' },
  { from: '/proc/<task>/task/<number>/cwd', to: '/' },
  { from: '/proc/<task>/task/<number>/fd/<number>', to: '/' },
  { from: '/dev/fd', to: '/proc/self/fd' },
  { from: '/dev/stdin', to: '/proc/self/fd/0' },
  { from: '/dev/stdout', to: '/proc/self/fd/1' },
  { from: '/dev/stderr', to: '/proc/self/fd/2' },
  // ostree: Fedora CoreOS, Red Hat CoreOS, bootc.
  { from: '/sysroot', to: '/' },
  { from: '/ostree/deploy/*/deploy/*', to: '/' },
  { from: '/ostree/deploy/*/var', to: '/var' },
  { from: '/ostree/boot*/*/*/*', to: '/' },
  { from: '/home', to: '/var/home' },
  { from: '/var/home', to: '/home' },
  { from: '/root', to: '/var/roothome' },
  { from: '/var/roothome', to: '/root' },
  { from: '/opt', to: '/var/opt' },
  { from: '/var/opt', to: '/opt' },
  { from: '/srv', to: '/var/srv' },
  { from: '/var/srv', to: '/srv' },
  { from: '/mnt', to: '/var/mnt' },
  { from: '/var/mnt', to: '/mnt' },
  { from: '/usr/local', to: '/var/usrlocal' },
  { from: '/var/usrlocal', to: '/usr/local' },
  // What a system binds or overlays to / or /var: Container-Optimized OS, Bottlerocket, minikube, openSUSE MicroOS,
  // Ubuntu Core, overlayroot.
  { from: '/mnt/stateful_partition/var', to: '/var' },
  { from: '/mnt/stateful_partition/home', to: '/home' },
  { from: '/local/var', to: '/var' },
  { from: '/local/opt', to: '/opt' },
  { from: '/local/mnt', to: '/mnt' },
  { from: '/mnt/sda1/var', to: '/var' },
  { from: '/mnt/vda1/var', to: '/var' },
  { from: '/.snapshots/*/snapshot', to: '/' },
  { from: '/writable/system-data', to: '/' },
  { from: '/media/root-ro', to: '/' },
  { from: '/media/root-rw/overlay', to: '/' },
  // Where the root of the node is bound again for a kubelet or an engine that itself runs confined.
  { from: '/host', to: '/' },
  { from: '/rootfs', to: '/' },
  { from: '/host_mnt', to: '/' },
  { from: '/run/host', to: '/' },
  { from: '/var/lib/snapd/hostfs', to: '/' },
  { from: '/.bottlerocket/rootfs', to: '/' },
];

/** Rewrites a path by the aliases of Linux nodes. */
export const rewriteLinuxPath: Rewrite = compileAliases(linuxAliases);
