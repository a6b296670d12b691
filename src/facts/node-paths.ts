import type { Places } from './host-paths.ts';

/**
 * Trees of a node from which one becomes root there without any engine, or reads what belongs to others.
 *
 * The first place listed below a parent folder is the one that a message about that folder names.
 */
export const nodePlaces: readonly Places[] = [
  // A kubelet starts whatever manifest lies there, as anything.
  { what: 'the static pods of the node', paths: ['/etc/kubernetes/manifests'] },
  { what: 'the keys of the cluster', paths: ['/etc/kubernetes/pki', '/etc/srv/kubernetes', '/srv/kubernetes'] },
  { what: 'the configuration of the node', paths: ['/etc'] },
  // kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins; plugin registration.
  { what: "the kubelet's device plugin sockets", paths: ['/var/lib/kubelet/device-plugins'] },
  { what: "the kubelet's plugin sockets", paths: ['/var/lib/kubelet/plugins_registry', '/var/lib/kubelet/plugins'] },
  { what: 'the volumes and tokens of all pods of the node', paths: ['/var/lib/kubelet/pods'] },
  {
    what: "the kubelet's state and keys",
    paths: ['/var/lib/kubelet', '/var/data/kubelet', '/mnt/k8s-disks/*/kubelet'],
  },
  { what: 'the static pods of the node', paths: ['/var/lib/rancher/*/agent/pod-manifests'] },
  { what: 'manifests that k3s or RKE2 applies as cluster admin', paths: ['/var/lib/rancher/*/server/manifests'] },
  {
    what: 'the state of Kubernetes on the node',
    paths: [
      '/var/lib/rancher',
      '/var/lib/k0s',
      '/var/lib/minikube',
      '/var/lib/microshift',
      '/var/lib/kubernetes',
      '/var/lib/kube-*',
      '/var/vcap',
    ],
  },
  { what: 'the data of etcd', paths: ['/var/lib/etcd', '/var/lib/etcd-*'] },
  // containerd docs/NRI.md (plugin_path), the opt plugin of containerd, kata-deploy.
  { what: 'programs that the container runtime runs as root', paths: ['/opt/containerd', '/opt/nri', '/opt/kata'] },
  {
    what: 'programs that the node runs as root',
    paths: ['/opt/bin', '/opt/rke', '/opt/rke2', '/opt/k3s', '/opt/kops', '/nix', '/snap'],
  },
  { what: 'the programs of the node', paths: ['/usr'] },
  // By them a unit is started as root.
  { what: 'the control sockets of systemd', paths: ['/run/systemd'] },
  { what: 'the D-Bus sockets', paths: ['/run/dbus'] },
  // cni.dev/docs/spec: a plugin is run as root for each pod.
  { what: 'the network plugins, which run as root', paths: ['/opt/cni', '/var/lib/cni'] },
  {
    what: "the state of the node's network",
    paths: ['/run/netns', '/run/cilium', '/run/calico', '/run/flannel', '/run/multus', '/run/openvswitch'],
  },
  {
    what: 'configuration that the node runs as root',
    paths: [
      '/run/udev',
      '/run/tmpfiles.d',
      '/run/modprobe.d',
      '/run/sysctl.d',
      '/run/NetworkManager',
      '/var/lib/polkit-1',
    ],
  },
  // systemd-sysext(8): images laid over /usr and /etc. NixOS: links to what is in use, and setuid programs.
  {
    what: 'what the node lays over its own programs',
    paths: [
      '/run/extensions*',
      '/run/confexts*',
      '/var/lib/extensions*',
      '/var/lib/confexts*',
      '/var/lib/portables',
      '/var/lib/overlay',
      '/run/current-system',
      '/run/wrappers',
    ],
  },
  { what: "secrets of the node's services", paths: ['/run/credentials'] },
  {
    what: 'snaps and the control sockets of snapd',
    paths: ['/run/snapd.socket', '/run/snapd-snap.socket', '/var/lib/snapd'],
  },
  { what: 'the state of systemd', paths: ['/var/lib/systemd'] },
  { what: 'jobs that the node runs as root', paths: ['/var/spool/cron', '/var/spool/at', '/var/spool/anacron'] },
  {
    what: 'what the cloud runs on the node as root',
    paths: [
      '/var/lib/cloud',
      '/var/lib/waagent',
      '/var/lib/amazon',
      '/var/lib/google',
      '/var/lib/cloud-config-downloader',
      '/var/lib/gardener-node-agent',
      '/var/cache/kubernetes-install',
      '/oem',
    ],
  },
  { what: 'the packages of the node', paths: ['/var/lib/dpkg', '/var/lib/rpm'] },
  { what: "copies of the node's password files", paths: ['/var/backups'] },
  // The kubelet serves logs as root and follows links in them (kube-hunter KHV047).
  { what: "the node's logs, in which the kubelet follows links", paths: ['/var/log'] },
  { what: 'the processes of the node', paths: ['/proc'] },
  { what: "the kernel's settings and control groups", paths: ['/sys'] },
  {
    what: 'the FUSE device',
    paths: ['/dev/fuse'],
    remedy:
      'Drop the volume, which does not open the device to a container, and label the pod mount-fuse: "true" to get it ' +
      'from the device plugin.',
  },
  { what: 'the devices of the node', paths: ['/dev'] },
  { what: 'what the node boots', paths: ['/boot', '/efi', '/run/initramfs'] },
  { what: 'the home of root', paths: ['/root'] },
  { what: "the homes of the node's users", paths: ['/home'] },
  // The same trees by the name of their partition.
  {
    what: "the operating system's own files",
    paths: [
      '/ostree',
      '/sysroot',
      '/system',
      '/local',
      '/.bottlerocket',
      '/mnt/stateful_partition',
      '/.snapshots',
      '/.zfs',
      '/writable',
      '/media/root-ro',
      '/media/root-rw',
    ],
  },
  {
    what: "the kubelet's state on Windows",
    paths: ['c:/var/lib/kubelet', 'c:/k', 'c:/etc/kubernetes', 'c:/var/log', 'c:/azuredata'],
  },
  { what: 'Windows', paths: ['c:/windows', 'c:/boot', 'c:/efi'] },
  { what: 'the programs of the node', paths: ['c:/program files', 'c:/program files (x86)', 'c:/opt/cni', 'c:/etc'] },
  { what: "the programs' data", paths: ['c:/programdata'] },
  { what: "the homes of the node's users", paths: ['c:/users'] },
  {
    what: 'pipes and devices of Windows',
    paths: ['//./pipe', '//./globalroot', '//./physicaldrive*', '//./harddisk*', '//./volume{*', '//./cdrom*'],
  },
];
