import type { Program, Wrapper } from '../matching/command.ts';

/**
 * Programs that are a container engine or a way out of the container (`engine`), and programs that start one without
 * privilege as often as with it (`builder`).
 */
export const programs: readonly Program[] = [
  // docker-library/docker: the entrypoint, and moby's hack/dind, start dockerd.
  { name: 'dockerd', kind: 'engine', unmistakable: true },
  { name: 'dockerd-entrypoint.sh', kind: 'engine', unmistakable: true },
  { name: 'dockerd-rootless.sh', kind: 'engine', unmistakable: true },
  { name: 'dind', kind: 'engine' },
  { name: 'containerd', kind: 'engine' },
  { name: 'crio', kind: 'engine' },
  { name: 'cri-dockerd', kind: 'engine', unmistakable: true },
  { name: 'k3s', kind: 'engine', subcommands: ['server', 'agent'] },
  { name: 'k0s', kind: 'engine' },
  { name: 'rke2', kind: 'engine' },
  { name: 'nsenter', kind: 'engine', reaches: 'first-process' },
  { name: 'chroot', kind: 'engine', reaches: 'host-root' },
  { name: 'buildkitd', kind: 'builder', unmistakable: true },
  { name: 'rootlesskit', kind: 'builder', unmistakable: true },
  { name: 'podman', kind: 'builder', subcommands: ['system service'] },
  { name: 'kind', kind: 'builder', subcommands: ['create'] },
];

/** Where containers have the node's file system by custom. */
export const hostRoots: ReadonlySet<string> = new Set([
  '/host',
  '/hostfs',
  '/host-fs',
  '/host_mnt',
  '/host-root',
  '/hostroot',
  '/host/rootfs',
  '/media/host',
  '/mnt/host',
  '/mnt/node',
  '/mnt/rootfs',
  '/node',
  '/node-root',
  '/noderoot',
  '/rootfs',
  '/run/host',
  '/var/lib/snapd/hostfs',
]);

/** Programs that run the program which their arguments name. */
export const wrappers: readonly Wrapper[] = [
  // Inits.
  { name: 'tini', values: ['-e', '-p'] },
  { name: 'tini-static', values: ['-e', '-p'] },
  { name: 'docker-init', values: ['-e', '-p'] },
  { name: 'dumb-init', values: ['-r', '--rewrite'] },
  { name: 'catatonit' },

  // Environment and user.
  { name: 'env', values: ['-u', '--unset', '-C', '--chdir'], assignments: true, splits: true },
  { name: 'exec', values: ['-a'] },
  { name: 'command' },
  { name: 'su-exec', operands: 1 },
  { name: 'gosu', operands: 1 },
  { name: 'setpriv', values: ['--reuid', '--regid', '--groups', '--securebits', '--pdeathsig', '--inh-caps'] },
  { name: 'runuser', values: ['-u', '--user', '-g', '--group', '-G', '--supp-group'] },
  {
    name: 'sudo',
    values: ['-u', '--user', '-g', '--group', '-C', '-D', '--chdir', '-h', '--host', '-p', '--prompt', '-R', '-T'],
    assignments: true,
  },
  { name: 'doas', values: ['-u', '-C'] },

  // Scheduling and sessions.
  { name: 'nice', values: ['-n', '--adjustment'] },
  { name: 'ionice', values: ['-c', '--class', '-n', '--classdata', '-t'] },
  { name: 'nohup' },
  { name: 'setsid' },
  { name: 'stdbuf', values: ['-i', '-o', '-e', '--input', '--output', '--error'] },
  { name: 'taskset', operands: 1 },
  { name: 'time', values: ['-f', '--format', '-o', '--output'] },
  { name: 'timeout', values: ['-k', '--kill-after', '-s', '--signal'], operands: 1 },

  // Roots and namespaces.
  { name: 'chroot', values: ['--userspec', '--groups'], operands: 1 },
  { name: 'nsenter', values: ['-t', '--target', '-S', '--setuid', '-G', '--setgid'] },
  {
    name: 'unshare',
    values: ['-S', '--setuid', '-G', '--setgid', '-R', '--root', '-w', '--wd', '--propagation', '--setgroups'],
  },
  {
    name: 'rootlesskit',
    values: ['-p', '--publish', '--net', '--mtu', '--copy-up', '--port-driver', '--state-dir', '--propagation'],
  },

  // Many programs in one.
  { name: 'busybox' },
  { name: 'toybox' },

  // Shells: what follows -c is a script, what follows without it is a script's file.
  { name: 'sh', values: ['-o', '+o'], shell: true },
  { name: 'bash', values: ['-o', '+o', '-O', '+O', '--rcfile', '--init-file'], shell: true },
  { name: 'ash', values: ['-o', '+o'], shell: true },
  { name: 'dash', values: ['-o', '+o'], shell: true },
  { name: 'ksh', values: ['-o', '+o'], shell: true },
  { name: 'zsh', values: ['-o', '+o'], shell: true },
];
