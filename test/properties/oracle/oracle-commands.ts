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
  'k0s',
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

/** Programs that start what follows their options; those of the list take a value. */
const starters: ReadonlyMap<string, readonly string[]> = new Map([
  ['tini', ['-p', '-e']],
  ['docker-init', ['-p', '-e']],
  ['dumb-init', ['-r', '--rewrite']],
  ['catatonit', []],
  ['exec', ['-a']],
  ['nohup', []],
  ['setsid', []],
  ['nice', ['-n', '--adjustment']],
  ['sudo', ['-u', '-g', '--user', '--group']],
  ['busybox', []],
]);

/** Programs that start what follows their options and one more word: a user or a time. */
const startersAfterOne: ReadonlyMap<string, readonly string[]> = new Map([
  ['su-exec', []],
  ['gosu', []],
  ['timeout', ['-k', '-s', '--kill-after', '--signal']],
]);

/** The command line without the programs that only start another one, among them a shell that reads a file. */
function unwrap(argv: readonly string[]): readonly string[] {
  const name = baseName(argv[0]);
  const rest = argv.slice(1);
  const options = starters.get(name);
  if (options !== undefined) return unwrap(afterOptions(rest, options));
  const optionsAndOne = startersAfterOne.get(name);
  if (optionsAndOne !== undefined) return unwrap(afterOptions(rest, optionsAndOne).slice(1));
  if (name === 'env') return unwrap(afterEnv(rest));
  const readsFile = shells.includes(name) && rest.length > 0 && scriptOf(argv) === undefined;
  return readsFile ? unwrap(afterOptions(rest, ['-o', '+o', '-O'])) : argv;
}

/** Whether these are the arguments of an nsenter into the namespaces of the node's first process. */
function entersPidOne(words: readonly string[]): boolean {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--' || !word.startsWith('-')) return false;
    if (isHostRoot(/^(?:--root=|-[aFZec]*r)(.+)$/.exec(word)?.[1])) return true;
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

/** Whether this is a path at which node agents mount the node's root. */
function isHostRoot(path: string | undefined): boolean {
  const parts = (path ?? '').split('/').filter((part) => part !== '' && part !== '.');
  return ['host', 'rootfs', 'proc/1/root'].includes(parts.join('/'));
}

/** What the program in the first word is. */
function judgeProgram(argv: readonly string[]): CommandJudgement {
  const name = baseName(argv[0]);
  const rest = argv.slice(1);
  const firstWord = rest.find((word) => !word.startsWith('-'));
  if (daemons.includes(name)) return 'engine-command';
  // An agent of k3s starts containerd too.
  if (name === 'k3s' && (firstWord === 'server' || firstWord === 'agent')) return 'engine-command';
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
function scriptOf(words: readonly string[]): string | undefined {
  if (!shells.includes(baseName(words[0]))) return undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) return words[i + 1] ?? '';
    if (!/^[-+]/.test(word)) return undefined;
    if (/^[-+][A-Za-z]*o$/.test(word)) i++;
  }
  return undefined;
}

/** Whether any word of a text, and what follows it in its line, would be a finding as a command line. */
function namesEngine(script: string): boolean {
  const lines = script.replaceAll('\\\n', ' ').split(/[;&|\n()`{}]+/);
  return lines.some((line) => {
    const words = line.split(/[\s<>"'$]+/).filter((word) => word !== '');
    return words.some((word, i) => {
      // Which process a script enters, it may as well work out.
      return baseName(word) === 'nsenter' || judgeProgram(words.slice(i)) !== undefined;
    });
  });
}

/** What a command line is, looking through the programs that only start another one and into its words as scripts. */
export function judgeCommand(argv: readonly string[]): CommandJudgement {
  const words = unwrap(argv);
  const judgement = judgeProgram(words);
  if (judgement !== undefined) return judgement;
  const script = scriptOf(words);
  // By itself, "dind" is a word that means too little.
  const others = words.slice(1).filter((word) => word !== 'dind');
  return [...(script === undefined ? [] : [script]), ...others].some(namesEngine) ? 'engine-command-text' : undefined;
}
