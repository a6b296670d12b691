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
    .tuple(
      directory,
      fc.constantFrom<Words>(
        ['k3s', 'server'],
        ['k3s', 'agent'],
        ['k0s', 'server'],
        ['k0s', 'controller'],
        ['k0s', 'worker'],
      ),
      fc.constantFrom<Words>([], ['--disable-agent']),
    )
    .map(([place, [name, ...words], rest]) => [`${place}${name}`, ...words, ...rest]),
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
        ['-a', '-t', '1'],
        ['--mount=/proc/1/ns/mnt'],
        ['-n/proc/1/ns/net'],
        ['--root=/proc/1/root', '-m'],
        ['-r/host'],
      ),
      fc.constantFrom<Words>([], ['sh'], ['--', 'systemctl', 'restart', 'kubelet']),
    )
    .map(([place, target, rest]) => [`${place}nsenter`, ...target, ...rest]),
  fc
    .tuple(
      directory,
      fc.constantFrom('/host', '/host/', '//host', '/rootfs', '/proc/1/root'),
      fc.constantFrom<Words>([], ['sh'], ['systemctl']),
    )
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
  ['k3s', 'kubectl', 'get', 'nodes'],
  ['nsenter', '-t', '4711', '-m'],
  ['nsenter', '--target=17'],
  ['chroot', '/mnt/image', 'sh'],
  ['chroot', '/hosts'],
  ['chroot', '--userspec=0', '/mnt'],
  ['kubectl', 'exec', 'x', '--', 'id'],
  ['docker', 'run', '--rm', 'busybox'],
  ['ctr', 'images', 'ls'],
  ['cat', '/run/containerd/containerd.sock'],
  ['ls', '/var/lib/docker'],
  ['docker-compose', 'up'],
  ['containerd-shim'],
  ['dockerd.sh'],
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
  ['dumb-init'],
  ['dumb-init', '--single-child', '--'],
  ['catatonit', '--'],
  ['nohup'],
  ['setsid'],
  ['setsid', '-w'],
  ['nice', '-n', '5'],
  ['timeout', '60'],
  ['timeout', '-k', '5', '60'],
  ['sudo'],
  ['sudo', '-u', 'root'],
  ['env', '-S'],
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
  ['bash', '-lc'],
  ['dash', '-xec'],
  ['busybox', 'sh', '-c'],
);

/** How a word stands in a script. */
const quoted: fc.Arbitrary<(word: string, i: number) => string> = fc.constantFrom<(word: string, i: number) => string>(
  (word) => word,
  (word) => word,
  (word) => `"${word}"`,
  (word, i) => (i === 0 ? `$(${word}` : word),
  (word) => `${word} \\\n `,
);

/** What a shell is told to run, the given lines among innocent ones. */
const script = (line: fc.Arbitrary<Words>): fc.Arbitrary<Words> =>
  fc
    .tuple(
      shell,
      fc.array(fc.constantFrom('set -e', 'echo hello', 'cd /work', 'make', 'mkdir -p /tmp/out'), { maxLength: 2 }),
      fc.tuple(line, quoted).map(([words, quote]) => words.map(quote).join(' ')),
      fc.constantFrom('', ' &', ' > /tmp/log 2>&1'),
      fc.constantFrom('; ', ' && ', '\n', ';\n', ' || ', ' | '),
      fc.array(fc.constantFrom('sleep 5', 'true', 'wait'), { maxLength: 1 }),
    )
    .map(([words, before, said, end, separator, after]) => [
      ...words,
      [...before, `${said}${end}`, ...after].join(separator),
    ]);

/** Parts of command lines in any order, most of which make no sense. */
const pieced: fc.Arbitrary<Words> = fc
  .array(
    fc.constantFrom<Words>(
      ...[
        ['sh', '-c'],
        ['bash', '-ec'],
        ['tini', '--'],
        ['timeout', '60'],
        ['gosu', 'root'],
        ['sudo', '-u', 'root'],
      ],
      ...[
        ['env'],
        ['env', '-i'],
        ['tini'],
        ['exec'],
        ['sudo'],
        ['nice'],
        ['busybox'],
        ['sh'],
        ['A=b'],
        ['root'],
        ['x'],
      ],
      ...[['nsenter', '-t', '1'], ['nsenter', '-t', '17'], ['nsenter'], ['chroot'], ['/host'], ['/mnt'], ['echo']],
      ...[
        ['dockerd'],
        ['/usr/bin/containerd'],
        ['dind'],
        ['k0s'],
        ['k3s'],
        ['server'],
        ['buildkitd'],
        ['dockerd --debug'],
      ],
      ...[['podman'], ['system'], ['service'], ['kind'], ['create'], ['k3s', 'server']],
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((pieces) => pieces.flat());

/** A command line: of an engine, of a shell that names one, or of neither. */
export const oracleArgv: fc.Arbitrary<Words> = fc.oneof(
  { weight: 4, arbitrary: wrapped(denied) },
  { weight: 2, arbitrary: wrapped(warned) },
  { weight: 4, arbitrary: wrapped(innocent) },
  { weight: 1, arbitrary: wrapped(nearMiss) },
  { weight: 3, arbitrary: wrapped(script(wrapped(fc.oneof(denied, warned)))) },
  { weight: 2, arbitrary: wrapped(script(innocent)) },
  { weight: 1, arbitrary: wrapped(script(nearMiss)) },
  { weight: 1, arbitrary: denied.map((words) => ['sh', ...words]) },
  { weight: 2, arbitrary: pieced },
);

/** A command line that no check of commands has anything to say about. */
export const innocentArgv: fc.Arbitrary<Words> = wrapped(innocent);

/** How a word is written: as it is, or by variables, of which some tell it, some hide it and some only look like one. */
const spelling: fc.Arbitrary<(word: string, name: string) => Spelled> = fc.constantFrom<
  (word: string, name: string) => Spelled
>(
  (word) => ({ words: [word], env: [] }),
  (word) => ({ words: [word], env: [] }),
  inOne,
  (word, name) => {
    const half = word.length >> 1;
    return { words: [`${word.slice(0, half)}$(${name})`], env: [{ name, value: word.slice(half) }] };
  },
  (word, name) => ({
    words: [`$(${name})`],
    env: [
      { name: `${name}_`, value: word },
      { name, value: `$(${name}_)` },
    ],
  }),
  (word, name) => ({
    words: [`$(${name})`],
    env: [
      { name, value: `$(${name}_)` },
      { name: `${name}_`, value: word },
    ],
  }),
  (word, name) => ({ words: [`$(${name})${word}`], env: [{ name }] }),
  (word, name) => ({ words: [`${word}$(${name})`], env: [{ name, value: '' }] }),
  (word, name) => ({ words: [`$$(${name})`], env: [{ name, value: word }] }),
  (word, name) => ({
    words: [`$(${name})`],
    env: [
      { name, value: 'app' },
      { name, value: word },
    ],
  }),
  (word, name) => ({ words: [`$(${name}${word}`], env: [{ name, value: 'app' }] }),
  (_, name) => ({ words: [`$(${name})`], env: [{ name, valueFrom: { secretKeyRef: { name: 'x', key: name } } }] }),
  (word, name) => ({ words: [`$(${name})${word}`], env: [{ name, valueFrom: { fieldRef: { fieldPath: 'x' } } }] }),
);

/** All of a word in one variable. */
function inOne(word: string, name: string): Spelled {
  return { words: [`$(${name})`], env: [{ name, value: word }] };
}

/** Words, and the variables that they need. */
interface Spelled {
  readonly words: Words;
  readonly env: readonly Readonly<Record<string, unknown>>[];
}

/** The words as they are, or each written in some way. */
export const spelled = (argv: fc.Arbitrary<Words>): fc.Arbitrary<Spelled> =>
  fc.oneof(
    { weight: 2, arbitrary: argv.map((words): Spelled => ({ words, env: [] })) },
    {
      weight: 1,
      arbitrary: fc.tuple(argv, fc.array(spelling, { minLength: 1, maxLength: 4 })).map(([words, ways]) => {
        // A text stays in one piece: what a shell makes of a reference within it is nobody's business here.
        const all = words.map((word, i) => (/\s/.test(word) ? inOne : (ways[i % ways.length] ?? inOne))(word, `V${i}`));
        return { words: all.flatMap((one) => one.words), env: all.flatMap((one) => one.env) };
      }),
    },
  );
