/** Places on a node and what they are; a segment of a path may be `*`, or have one `*` in it. */
export interface Places {
  /** Ends the sentence "… mounts /run/docker.sock, …". */
  readonly what: string;
  /** Canonical: see src/matching/host-path.ts. */
  readonly paths: readonly string[];
  /** What to do instead, where that is special: an imperative sentence. */
  readonly remedy?: string;
}

/**
 * Sockets, state and data of container engines: who reaches one of them starts any container on the node, or changes
 * what runs in another.
 *
 * The first place listed below a parent folder is the one that a message about that folder names.
 */
export const enginePlaces: readonly Places[] = [
  // docs.docker.com/engine/daemon; docker-library/docker dockerd-entrypoint.sh.
  { what: 'the Docker socket', paths: ['/run/docker.sock'] },
  { what: 'the sockets and state of Docker', paths: ['/run/docker', '/run/docker.pid'] },
  { what: 'the data of Docker', paths: ['/var/lib/docker', '/var/lib/docker-engine', '/var/lib/nerdctl'] },
  // containerd defaults/defaults_unix.go; Bottlerocket runs a second one for its host containers.
  { what: 'the containerd socket', paths: ['/run/containerd/containerd.sock'] },
  { what: 'the sockets and state of containerd', paths: ['/run/containerd', '/run/host-containerd'] },
  {
    what: 'the data of containerd',
    paths: ['/var/lib/containerd', '/var/lib/host-containerd', '/var/lib/desktop-containerd'],
  },
  // Remote snapshotters: their sockets and stores feed what containerd unpacks as root.
  {
    what: 'a snapshotter of containerd',
    paths: [
      '/run/containerd-*',
      '/run/stargz*',
      '/run/nydus*',
      '/run/soci-snapshotter-grpc',
      '/run/overlaybd-snapshotter',
      '/var/lib/containerd-*',
      '/var/lib/stargz*',
      '/var/lib/nydus*',
      '/var/lib/soci-snapshotter*',
    ],
  },
  // cri-o pkg/config CrioSocketPath; cri-tools' default endpoints.
  { what: 'the socket and state of CRI-O', paths: ['/run/crio', '/var/lib/crio'] },
  {
    what: 'the CRI socket of Docker',
    paths: [
      '/run/cri-dockerd.sock',
      '/run/dockershim.sock',
      '/run/dockershim',
      '/var/lib/dockershim',
      '/var/lib/cri-dockerd',
    ],
  },
  // containers-storage.conf(5): run root and graph root of Podman, Buildah and CRI-O.
  { what: 'the socket and state of Podman', paths: ['/run/podman', '/run/libpod', '/run/containers'] },
  { what: 'the container storage of Podman and CRI-O', paths: ['/var/lib/containers'] },
  { what: 'the socket and data of BuildKit', paths: ['/run/buildkit', '/var/lib/buildkit'] },
  // Kubernetes distributions that bring their own containerd.
  { what: 'the containerd of k3s or RKE2', paths: ['/run/k3s', '/var/lib/rancher/*/agent/containerd'] },
  { what: 'the containerd of k0s', paths: ['/run/k0s', '/var/lib/k0s/containerd'] },
  { what: 'the containerd of MicroK8s', paths: ['/var/snap/microk8s'] },
  { what: 'the containerd of Canonical Kubernetes', paths: ['/var/snap/k8s'] },
  { what: 'the Docker of snap', paths: ['/var/snap/docker'] },
  {
    what: 'an engine of BOSH',
    paths: ['/var/vcap/sys/run/docker', '/var/vcap/sys/run/containerd', '/var/vcap/store/docker'],
  },
  { what: 'the data of an engine', paths: ['/var/data/cripersistentstorage', '/var/data/criorootstorage'] },
  // Where nodes keep the data of their engine on another disk: Amazon's and Azure's images.
  {
    what: 'the data of an engine',
    paths: ['/mnt/k8s-disks/*/containerd', '/mnt/k8s-disks/*/soci-snapshotter*', '/mnt/aks/containers'],
  },
  // The same /var by the name of its partition: what holds it, holds the engine's data.
  {
    what: 'the data of an engine',
    paths: [
      '/ostree/deploy/*/var/lib/docker',
      '/ostree/deploy/*/var/lib/containers',
      '/mnt/stateful_partition/var/lib/docker',
      '/mnt/stateful_partition/var/lib/containerd',
      '/local/var/lib/containerd',
      '/mnt/sda1/var/lib/docker',
      '/mnt/vda1/var/lib/docker',
      '/writable/system-data/var/lib/docker',
      '/media/root-rw/overlay/var/lib/docker',
    ],
  },
  // Rootless engines of the node's own users.
  { what: "the sockets of engines of the node's users", paths: ['/run/user'] },
  {
    what: 'the data of an engine of a user of the node',
    paths: [
      '/home/*/.local/share/docker',
      '/home/*/.local/share/containers',
      '/home/*/.local/share/containerd',
      '/home/*/.local/share/buildkit',
      '/home/*/.local/share/nerdctl',
      '/home/*/.docker/run',
      '/home/*/.docker/desktop',
      '/root/.local/share/docker',
      '/root/.local/share/containers',
      '/root/.local/share/containerd',
      '/root/.local/share/buildkit',
      '/root/.local/share/nerdctl',
    ],
  },
  // Hooks into every container that starts: NRI (containerd docs/NRI.md), OCI runtimes' own state.
  { what: 'the NRI socket, by which every container can be changed', paths: ['/run/nri'] },
  { what: 'the state of an OCI runtime', paths: ['/run/runc', '/run/crun', '/run/runsc', '/run/youki'] },
  { what: 'the sandboxes of Kata Containers', paths: ['/run/vc', '/run/kata-containers', '/run/kata'] },
  {
    what: 'the state of firecracker-containerd',
    paths: ['/run/firecracker-containerd', '/var/lib/firecracker-containerd'],
  },
  { what: 'the state of Sysbox', paths: ['/run/sysbox', '/var/lib/sysbox'] },
  // Engines that are rarer.
  {
    what: 'the balenaEngine socket',
    paths: ['/run/balena-engine.sock', '/run/balena-engine', '/var/lib/balena-engine'],
  },
  {
    what: "an engine's CRI socket",
    paths: ['/run/isulad.sock', '/run/isulad', '/run/pouchcri.sock', '/run/frakti.sock'],
  },
  {
    what: 'the sockets and containers of LXD or Incus',
    paths: ['/run/lxd', '/run/lxc', '/run/incus', '/var/lib/lxd', '/var/lib/lxc', '/var/lib/incus', '/var/snap/lxd'],
  },
  { what: 'the sockets and machines of libvirt', paths: ['/run/libvirt', '/var/lib/libvirt'] },
  { what: 'the containers of systemd-nspawn', paths: ['/var/lib/machines'] },
  // The operating system's own interface is an engine's too: it starts containers as root.
  { what: 'the API socket of Bottlerocket', paths: ['/run/api.sock'] },
  { what: 'the sockets of Talos', paths: ['/system/run', '/run/machined'] },
  // cri-tools' default endpoints on Windows; docs.docker.com; a pipe's name may have a suffix.
  {
    what: 'the pipe of an engine',
    paths: [
      '//./pipe/docker*',
      '//./pipe/containerd*',
      '//./pipe/cri-dockerd*',
      '//./pipe/podman*',
      '//./pipe/buildkit*',
    ],
  },
  {
    what: 'the data of an engine on Windows',
    paths: [
      'c:/programdata/docker',
      'c:/programdata/containerd',
      'c:/program files/docker',
      'c:/program files/containerd',
    ],
  },
];

/**
 * Names by which the sockets of engines are known wherever they lie, such as in a folder that a daemon was told to put
 * its socket in; each also with the suffix `.ttrpc`.
 */
export const engineSocketNames: readonly string[] = [
  'api.sock',
  'balena-engine.sock',
  'buildkitd.sock',
  'containerd.sock',
  'cri-dockerd.sock',
  'crio.sock',
  'docker-cli.sock',
  'docker.proxy.sock',
  'docker.raw.sock',
  'docker.sock',
  'dockershim.sock',
  'finch.sock',
  'frakti.sock',
  'host-containerd.sock',
  'isulad.sock',
  'kubelet.sock',
  'machine.sock',
  'nri.sock',
  'podman.sock',
  'pouchcri.sock',
];
