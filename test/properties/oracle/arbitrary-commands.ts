import fc from 'fast-check';

type Words = readonly string[];

const directory: fc.Arbitrary<string> = fc.constantFrom('', '', '/usr/bin/', '/usr/local/bin/', './');

/** Programs that are an engine or enter the node. */
const denied: fc.Arbitrary<Words> = fc.oneof(
  fc
    .tuple(
      directory,
      fc.constantFrom(
        'dockerd',
        'dockerd-entrypoint.sh',
        'dockerd-rootless.sh',
        'dind',
        'containerd',
        'crio',
        'cri-dockerd',
      ),
      fc.constantFrom<Words>([], ['--debug'], ['--host=unix:///run/docker.sock'], ['-l', 'info']),
    )
    .map(([place, name, rest]) => [`${place}${name}`, ...rest]),
  fc
    .tuple(directory, fc.constantFrom('k3s', 'k0s'), fc.constantFrom<Words>([], ['--disable-agent']))
    .map(([place, name, rest]) => [`${place}${name}`, 'server', ...rest]),
  fc
    .tuple(
      directory,
      fc.constantFrom<Words>(
        ['-t', '1'],
        ['-t1'],
        ['--target', '1'],
        ['--target=1'],
        ['-m', '-u', '-t', '1'],
        ['--mount', '--target', '1', '--pid'],
        ['-at', '1'],
      ),
      fc.constantFrom<Words>([], ['sh'], ['--', 'systemctl', 'restart', 'kubelet']),
    )
    .map(([place, target, rest]) => [`${place}nsenter`, ...target, ...rest]),
  fc
    .tuple(directory, fc.constantFrom('/host', '/host/', '//host'), fc.constantFrom<Words>([], ['sh'], ['systemctl']))
    .map(([place, root, rest]) => [`${place}chroot`, root, ...rest]),
);

/** Programs that are an engine without the rights of the node. */
const warned: fc.Arbitrary<Words> = fc
  .tuple(
    directory,
    fc.constantFrom<Words>(
      ['buildkitd'],
      ['buildkitd', '--rootless'],
      ['rootlesskit', 'buildkitd'],
      ['podman', 'system', 'service', '--time=0'],
      ['podman', '--log-level=debug', 'system', 'service'],
      ['kind', 'create', 'cluster'],
    ),
  )
  .map(([place, [name, ...rest]]) => [`${place}${name}`, ...rest]);

/** Programs that look like those and are none. */
const innocent: fc.Arbitrary<Words> = fc.constantFrom<Words>(
  ['sleep', '3600'],
  ['make', 'build'],
  ['docker', 'build', '.'],
  ['docker', 'info'],
  ['npm', 'test'],
  ['k3s', 'agent'],
  ['k3s', 'kubectl', 'get', 'nodes'],
  ['nsenter', '-t', '4711', '-m'],
  ['nsenter', '--target=17'],
  ['chroot', '/mnt/image', 'sh'],
  ['chroot', '/hosts'],
  ['podman', 'build', '.'],
  ['podman', 'system', 'prune'],
  ['kind', 'get', 'clusters'],
  ['buildah', 'bud', '.'],
  ['/kaniko/executor', '--context=dir:///workspace'],
  ['dockerds'],
);

/** Innocent by their last segment or their whole word only, which is too fine for a search in a text. */
const nearMiss: fc.Arbitrary<Words> = fc.constantFrom<Words>(
  ['my-containerd'],
  ['/opt/dockerd/run'],
  ['echo', 'dockerd'],
);

const wrapper: fc.Arbitrary<Words> = fc.constantFrom<Words>(
  ['tini', '--'],
  ['/sbin/tini', '-g', '--'],
  ['tini'],
  ['tini', '-p', 'SIGKILL', '--'],
  ['docker-init', '--'],
  ['/usr/bin/docker-init', '-s', '--'],
  ['env'],
  ['/usr/bin/env', 'A=b'],
  ['env', '-i', 'PATH=/bin', 'B=c'],
  ['env', '-u', 'HOME'],
  ['exec'],
  ['su-exec', 'root'],
  ['gosu', 'root'],
  ['/usr/local/bin/gosu', '1000:1000'],
);

const wrapped = (program: fc.Arbitrary<Words>): fc.Arbitrary<Words> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant<readonly Words[]>([]) },
        { weight: 2, arbitrary: fc.array(wrapper, { minLength: 1, maxLength: 2 }) },
      ),
      program,
    )
    .map(([wrappers, words]) => [...wrappers.flat(), ...words]);

const shell: fc.Arbitrary<Words> = fc.constantFrom<Words>(
  ['sh', '-c'],
  ['/bin/sh', '-c'],
  ['bash', '-c'],
  ['/bin/bash', '-ec'],
  ['sh', '-e', '-c'],
  ['bash', '-o', 'pipefail', '-c'],
  ['ash', '-c'],
);

/** What a shell is told to run, the given lines among innocent ones. */
const script = (line: fc.Arbitrary<Words>): fc.Arbitrary<Words> =>
  fc
    .tuple(
      shell,
      fc.array(fc.constantFrom('set -e', 'echo hello', 'cd /work', 'make', 'mkdir -p /tmp/out'), { maxLength: 2 }),
      line.map((words) => words.join(' ')),
      fc.constantFrom('', ' &', ' > /tmp/log 2>&1'),
      fc.constantFrom('; ', ' && ', '\n', ';\n'),
      fc.array(fc.constantFrom('sleep 5', 'true', 'wait'), { maxLength: 1 }),
    )
    .map(([words, before, said, end, separator, after]) => [
      ...words,
      [...before, `${said}${end}`, ...after].join(separator),
    ]);

/** A command line: of an engine, of a shell that names one, or of neither. */
export const oracleArgv: fc.Arbitrary<Words> = fc.oneof(
  { weight: 4, arbitrary: wrapped(denied) },
  { weight: 2, arbitrary: wrapped(warned) },
  { weight: 4, arbitrary: wrapped(innocent) },
  { weight: 1, arbitrary: wrapped(nearMiss) },
  { weight: 3, arbitrary: wrapped(script(wrapped(fc.oneof(denied, warned)))) },
  { weight: 2, arbitrary: wrapped(script(innocent)) },
);

/** A command line that no check of commands has anything to say about. */
export const innocentArgv: fc.Arbitrary<Words> = wrapped(innocent);
