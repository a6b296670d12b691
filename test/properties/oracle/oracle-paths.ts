/** Segments of one path after canonicalisation; the root is the empty list. */
type Segments = readonly string[];

/** What one host path gives: an engine, the node, both or neither; or nobody can say, because it is unreadable. */
interface PathJudgement {
  readonly unreadable: boolean;
  readonly engine: boolean;
  readonly node: boolean;
}

/** Sockets and state directories of engines. `*` stands for any part of one segment. */
const engineEntries: readonly Segments[] = [
  '/run/docker.sock',
  '/run/docker',
  '/run/docker.pid',
  '/run/user',
  '/run/containerd',
  '/run/host-containerd',
  '/run/crio',
  '/run/cri-dockerd.sock',
  '/run/dockershim.sock',
  '/run/podman',
  '/run/buildkit',
  '/run/stargz*',
  '/run/containerd-*',
  '/run/k3s',
  '/run/k0s',
  '/var/snap/microk8s',
  '/var/snap/docker',
  '/run/nri',
  '/run/vc',
  '/run/kata-containers',
  '/run/firecracker-containerd',
  '/run/balena-engine.sock',
  '/run/isulad.sock',
  '/run/pouchcri.sock',
  '/run/frakti.sock',
  '/run/lxd',
  '/var/lib/lxd',
  '/var/snap/lxd',
  '/var/lib/incus',
  '/run/libvirt',
  '/run/api.sock',
  '/system/run',
  '/run/machined',
  'device:/pipe/docker_engine',
  'device:/pipe/dockerd*',
  'device:/pipe/containerd-containerd',
  'device:/pipe/cri-dockerd',
  'c:/programdata/docker',
  'c:/programdata/containerd',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/buildkit',
  '/var/lib/k0s/containerd',
  '/var/lib/rancher/*/agent/containerd',
  '/home/*/.local/share/docker',
  '/home/*/.local/share/containers',
  '/home/*/.local/share/buildkit',
  '/root/.local/share/docker',
  '/root/.local/share/containers',
  '/root/.local/share/buildkit',
].map(split);

/** Trees of the node that are root on it without any engine. */
const nodeEntries: readonly Segments[] = [
  '/run/systemd',
  '/run/dbus',
  'c:/var/lib/kubelet',
  'c:/k',
  'c:/programdata',
  'c:/windows',
  'device:/pipe',
  'device:/physicaldrive*',
  '/var/lib/kubelet',
  '/etc',
  '/var/lib/rancher',
  '/etc/rancher',
  '/var/lib/k0s',
  '/var/lib/minikube',
  '/srv/kubernetes',
  '/home/kubernetes',
  '/etc/srv/kubernetes',
  '/var/lib/etcd',
  '/var/lib/kube-*',
  '/var/lib/cni',
  '/opt/cni',
  '/opt/kata',
  '/opt/containerd',
  '/opt/nri',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  '/usr',
  '/root',
  '/home',
  '/var/spool/cron',
  '/ostree',
  '/sysroot',
  '/system',
  '/var/lib/snapd',
].map(split);

/** Protected only where somebody could write to it. */
const writableNodeEntries: readonly Segments[] = ['/var/log'].map(split);

/** One name of a directory and another one that a distribution may have for it. `{pid}` is a process in /proc. */
const aliases: readonly (readonly [Segments, Segments])[] = [
  [split('/var/run'), split('/run')],
  [split('/var/lock'), split('/run/lock')],
  [split('/bin'), split('/usr/bin')],
  [split('/sbin'), split('/usr/sbin')],
  [split('/lib'), split('/usr/lib')],
  [split('/lib32'), split('/usr/lib32')],
  [split('/lib64'), split('/usr/lib64')],
  [split('/proc/{pid}/root'), split('/')],
  [split('/proc/{pid}/cwd'), split('/')],
  [split('/proc/{pid}/fd/{number}'), split('/')],
  [split('/proc/{pid}/task/{number}/root'), split('/')],
  [split('/proc/{pid}/task/{number}/cwd'), split('/')],
  [split('/dev/fd'), split('/proc/self/fd')],
  [split('/sysroot'), split('/')],
  [split('/ostree/deploy/*/deploy/*'), split('/')],
  [split('/ostree/deploy/*/var'), split('/var')],
  [split('/home'), split('/var/home')],
  [split('/var/home'), split('/home')],
  [split('/root'), split('/var/roothome')],
  [split('/var/roothome'), split('/root')],
  [split('/opt'), split('/var/opt')],
  [split('/var/opt'), split('/opt')],
  [split('/srv'), split('/var/srv')],
  [split('/var/srv'), split('/srv')],
  [split('/mnt'), split('/var/mnt')],
  [split('/var/mnt'), split('/mnt')],
  [split('/usr/local'), split('/var/usrlocal')],
  [split('/var/usrlocal'), split('/usr/local')],
  [split('/host_mnt'), split('/')],
  [split('/run/host'), split('/')],
  [split('/rootfs'), split('/')],
  [split('/host'), split('/')],
  [split('/var/lib/snapd/hostfs'), split('/')],
];

const socketNames: readonly string[] = [
  'docker',
  'containerd',
  'crio',
  'cri-dockerd',
  'dockershim',
  'podman',
  'buildkitd',
  'nri',
  'host-containerd',
  'balena-engine',
  'isulad',
  'pouchcri',
  'frakti',
  'kubelet',
  'machine',
  'api',
];

/** The segments of a path that is written with slashes: empty ones and `.` go. */
function split(path: string): Segments {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** Whether one segment is what a pattern's segment says. */
function segmentMatches(pattern: string, segment: string): boolean {
  if (pattern === '{pid}') {
    return segment === 'self' || segment === 'thread-self' || /^[0-9]+$/.test(segment);
  }
  if (pattern === '{number}') return /^[0-9]+$/.test(segment);
  const [before, after] = pattern.split('*');
  if (before === undefined || after === undefined) {
    return pattern === segment;
  }
  return segment.length >= before.length + after.length && segment.startsWith(before) && segment.endsWith(after);
}

/** Whether two paths agree as far as the shorter one goes: they are equal, or one is an ancestor of the other. */
function onOneLine(entry: Segments, path: Segments): boolean {
  for (let i = 0; i < entry.length && i < path.length; i++) {
    if (!segmentMatches(entry[i] ?? '', path[i] ?? '')) {
      return false;
    }
  }
  return true;
}

/** The path with the alias's name replaced by the other one, when it begins with that name. */
function rewrite(path: Segments, from: Segments, to: Segments): Segments | undefined {
  return path.length >= from.length && onOneLine(from, path) ? [...to, ...path.slice(from.length)] : undefined;
}

/** The path and every other name that it may have. */
function closure(start: Segments): readonly Segments[] {
  const forms: Segments[] = [start];
  const seen = new Set([start.join('/')]);
  for (const form of forms) {
    for (const [from, to] of aliases) {
      const other = rewrite(form, from, to);
      if (other !== undefined && !seen.has(other.join('/'))) {
        seen.add(other.join('/'));
        forms.push(other);
      }
    }
  }
  return forms;
}

/** Whether Windows would read this path in its own way: any with a backslash, whatever the pod says about its system. */
function isWindows(path: string): boolean {
  return /^[A-Za-z]:/.test(path) || path.includes('\\') || path.startsWith('//./') || path.startsWith('//?/');
}

/** The path as Windows reads it; one that names no drive is taken to be on C:, and `device:` stands for `\\.`. */
function windowsReading(path: string): Segments {
  const slashed = path.replaceAll('\\', '/').toLowerCase();
  const isDevice = slashed.startsWith('//./') || slashed.startsWith('//?/');
  const plain = (isDevice ? slashed.slice(4) : slashed).replace(/^([a-z]:)(?!\/)/, '$1/');
  const segments = split(
    plain
      .split('/')
      .map((segment) => segment.replace(/[. ]+$/, ''))
      .join('/'),
  );
  if (/^[a-z]:$/.test(segments[0] ?? '')) return segments;
  return [isDevice ? 'device:' : 'c:', ...segments];
}

/** Every canonical form of a path, or undefined when it cannot be read. */
function canonicalForms(path: string): readonly Segments[] | undefined {
  // Also between backslashes: a node with Windows would take that for the directory above.
  if (path === '' || /\p{Cc}/u.test(path) || path.split(/[\\/]/).includes('..')) {
    return undefined;
  }
  const readings = isWindows(path) ? [split(path), windowsReading(path)] : [split(path)];
  return readings.flatMap(closure);
}

/** Whether the last segment is the name of an engine's socket, wherever it is. */
function isSocketName(path: Segments): boolean {
  const last = path.at(-1) ?? '';
  return socketNames.some((name) => last === `${name}.sock` || last === `${name}.sock.ttrpc`);
}

function reaches(forms: readonly Segments[], entries: readonly Segments[]): boolean {
  return forms.some((form) => entries.some((entry) => onOneLine(entry, form)));
}

/** What a host path gives to who mounts it. */
export function judgePath(path: string, readOnly: boolean): PathJudgement {
  const forms = canonicalForms(path);
  if (forms === undefined) {
    return { unreadable: true, engine: false, node: false };
  }
  return {
    unreadable: false,
    engine: reaches(forms, engineEntries) || forms.some(isSocketName),
    node: reaches(forms, nodeEntries) || reachesUnlessReadOnly(forms, readOnly),
  };
}

/** Read-only takes nothing from an ancestor, so only what is at or below the entry is spared. */
function reachesUnlessReadOnly(forms: readonly Segments[], readOnly: boolean): boolean {
  return forms.some((form) =>
    writableNodeEntries.some((entry) => onOneLine(entry, form) && (!readOnly || form.length < entry.length)),
  );
}
