/** What a command line does: it is an engine, or it says the name of one. */
type CommandJudgement = 'engine-command' | 'engine-command-text' | undefined;

const daemons: readonly string[] = [
  'dockerd',
  'dockerd-entrypoint.sh',
  'dockerd-rootless.sh',
  'dind',
  'containerd',
  'crio',
  'cri-dockerd',
];

const rootlessDaemons: readonly string[] = ['buildkitd', 'rootlesskit'];

const shells: readonly string[] = ['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'];

function baseName(word: string | undefined): string {
  return (word ?? '').split('/').at(-1) ?? '';
}

/** The words after the options; an option of `withValue` takes the next word too, and `--` ends them. */
function afterOptions(words: readonly string[], withValue: readonly string[]): readonly string[] {
  let i = 0;
  while (i < words.length) {
    const word = words[i] ?? '';
    if (word === '--') return words.slice(i + 1);
    if (!word.startsWith('-')) break;
    i += withValue.includes(word) ? 2 : 1;
  }
  return words.slice(i);
}

/** What `env` runs: after its options and its assignments. */
function afterEnv(words: readonly string[]): readonly string[] {
  const split = words.findIndex((word) => word === '-S' || word === '--split-string');
  const rest =
    split >= 0 && words.slice(0, split).every((word) => word.startsWith('-'))
      ? [...(words[split + 1] ?? '').split(/\s+/), ...words.slice(split + 2)]
      : afterOptions(words, ['-u', '--unset', '-C', '--chdir']);
  const program = rest.findIndex((word) => !word.includes('='));
  return program < 0 ? [] : rest.slice(program);
}

/** The command line without the programs that only start another one. */
function unwrap(argv: readonly string[]): readonly string[] {
  const rest = argv.slice(1);
  switch (baseName(argv[0])) {
    case 'tini':
    case 'docker-init':
      return unwrap(afterOptions(rest, ['-p', '-e']));
    case 'env':
      return unwrap(afterEnv(rest));
    case 'exec':
      return unwrap(afterOptions(rest, ['-a']));
    case 'su-exec':
    case 'gosu':
      return unwrap(rest.slice(1));
    default:
      return argv;
  }
}

/** Whether these are the arguments of an nsenter into the namespaces of the node's first process. */
function entersPidOne(words: readonly string[]): boolean {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--' || !word.startsWith('-')) return false;
    if (word === '--target=1' || /^-[aFZec]*t1$/.test(word) || /\/proc\/1\/ns\//.test(word)) return true;
    if (word === '--target' || /^-[aFZec]*t$/.test(word)) {
      if (words[i + 1] === '1') return true;
      i++;
    } else if (['-S', '-G', '-W', '--setuid', '--setgid', '--wdns'].includes(word)) {
      i++;
    }
  }
  return false;
}

/** Whether this is the path of the node's root as node agents mount it. */
function isHostRoot(path: string | undefined): boolean {
  return (
    (path ?? '')
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/') === 'host'
  );
}

/** What the program in the first word is. */
function judgeProgram(argv: readonly string[]): CommandJudgement {
  const name = baseName(argv[0]);
  const rest = argv.slice(1);
  const firstWord = rest.find((word) => !word.startsWith('-'));
  if (daemons.includes(name)) return 'engine-command';
  if ((name === 'k3s' || name === 'k0s') && firstWord === 'server') return 'engine-command';
  if (name === 'nsenter' && entersPidOne(rest)) return 'engine-command';
  if (name === 'chroot' && isHostRoot(firstWord)) return 'engine-command';
  if (rootlessDaemons.includes(name)) return 'engine-command-text';
  if (name === 'podman' && rest.some((word, i) => word === 'system' && rest[i + 1] === 'service')) {
    return 'engine-command-text';
  }
  if (name === 'kind' && firstWord === 'create') return 'engine-command-text';
  return undefined;
}

/** The text that a shell is told to run, if the command line is that of a shell. */
function scriptOf(argv: readonly string[]): string | undefined {
  const words = baseName(argv[0]) === 'busybox' ? argv.slice(1) : argv;
  if (!shells.includes(baseName(words[0]))) {
    return undefined;
  }
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) return words[i + 1];
    if (!/^[-+]/.test(word)) return undefined;
    if (/^[-+][A-Za-z]*o$/.test(word)) i++;
  }
  return undefined;
}

/** Whether any word of a script, and what follows it, would be a finding as a command line. */
function scriptNamesEngine(script: string): boolean {
  const words = script.split(/[\s;&|()<>`"'{}$\\]+/).filter((word) => word !== '');
  return words.some((_, i) => judgeProgram(words.slice(i)) !== undefined);
}

/** What a command line is, looking through the programs that only start another one and into scripts. */
export function judgeCommand(argv: readonly string[]): CommandJudgement {
  const words = unwrap(argv);
  const script = scriptOf(words);
  if (script !== undefined && scriptNamesEngine(script)) {
    return 'engine-command-text';
  }
  return judgeProgram(words);
}
