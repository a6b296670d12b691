type Words = readonly string[];

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

/** Names that are no words of any other meaning, so that they tell something in whatever place. */
const unmistakable: readonly string[] = [
  'dockerd',
  'dockerd-entrypoint.sh',
  'dockerd-rootless.sh',
  'cri-dockerd',
  'buildkitd',
  'rootlesskit',
];

const shells: readonly string[] = ['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'];

function baseName(word: string | undefined): string {
  return (word ?? '').split('/').at(-1) ?? '';
}

/** The words after the options; an option of `withValue` takes the next word too, and `--` ends them. */
function afterOptions(words: readonly string[], withValue: Words): readonly string[] {
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
function afterEnv(words: Words): readonly string[] {
  const split = words.findIndex((word) => word === '-S' || word === '--split-string');
  const rest =
    split >= 0 && words.slice(0, split).every((word) => word.startsWith('-'))
      ? [...(words[split + 1] ?? '').split(/\s+/), ...words.slice(split + 2)]
      : afterOptions(words, ['-u', '--unset', '-C', '--chdir']);
  return afterAssignments(rest);
}

function afterAssignments(words: Words): Words {
  const program = words.findIndex((word) => !word.includes('='));
  return program < 0 ? [] : words.slice(program);
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
  ['busybox', []],
]);

/** Programs that start what follows their options and one more word: a user or a time. */
const startersAfterOne: ReadonlyMap<string, readonly string[]> = new Map([
  ['su-exec', []],
  ['gosu', []],
  ['timeout', ['-k', '-s', '--kill-after', '--signal']],
]);

/** The command line without the programs that only start another one, among them a shell that reads a file. */
function unwrap(argv: Words): readonly string[] {
  const name = baseName(argv[0]);
  const rest = argv.slice(1);
  const options = starters.get(name);
  if (options !== undefined) return unwrap(afterOptions(rest, options));
  const optionsAndOne = startersAfterOne.get(name);
  if (optionsAndOne !== undefined) return unwrap(afterOptions(afterOptions(rest, optionsAndOne).slice(1), []));
  if (name === 'env') return unwrap(afterEnv(rest));
  if (name === 'sudo') return unwrap(afterAssignments(afterOptions(rest, ['-u', '-g', '--user', '--group'])));
  const readsFile = shells.includes(name) && rest.length > 0 && scriptOf(argv) === undefined;
  return readsFile ? unwrap(afterOptions(rest, ['-o', '+o', '-O'])) : argv;
}

const nsenterValues: Words = ['-t', '-S', '-G', '-W', '--target', '--setuid', '--setgid', '--wdns'];

/** Whether these are the arguments of an nsenter into the namespaces of the node's first process. */
function entersPidOne(words: Words): boolean {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--' || !word.startsWith('-')) return false;
    if (isHostRoot(/^(?:--root=|-[aFZec]*r)(.+)$/.exec(word)?.[1])) return true;
    if (/\/proc\/1\/ns\//.test(word)) return true;
    if (isPidOne(/^(?:--target=|-[aFZec]*t)(.+)$/.exec(word)?.[1])) return true;
    if (word === '--target' || /^-[aFZec]*t$/.test(word)) {
      if (isPidOne(words[i + 1])) return true;
      i++;
    } else if (nsenterValues.includes(word)) {
      i++;
    }
  }
  return false;
}

/** Whether this is the node's first process, or one that a variable names of which nobody knows what it is. */
function isPidOne(target: string | undefined): boolean {
  return target === '1' || (target ?? '').includes('$(');
}

/** Whether this is a path at which node agents mount the node's root, or the root of a process, wherever /proc is mounted. */
function isHostRoot(path: string | undefined): boolean {
  const parts = (path ?? '').split('/').filter((part) => part !== '' && part !== '.');
  const [proc, pid = '', link] = parts.slice(-3);
  if (proc === 'proc' && /^[0-9]+$/.test(pid) && (link === 'root' || link === 'cwd')) return true;
  return ['host', 'rootfs'].includes(parts.join('/'));
}

/** Whether podman is told to serve: before that stand only options, and what an option may take. */
function servesPodman(words: Words): boolean {
  const isOption = (word: string | undefined): boolean => word?.startsWith('-') === true;
  const takesNext = (word: string | undefined): boolean => isOption(word) && word?.includes('=') === false;
  return words.some((word, i) => {
    const isCommand = words.slice(0, i).every((before, j) => isOption(before) || takesNext(words[j - 1]));
    return isCommand && word === 'system' && words[i + 1] === 'service';
  });
}

/** What the program in the first word is. */
function judgeProgram(argv: Words): CommandJudgement {
  const name = baseName(argv[0]);
  const rest = argv.slice(1);
  const firstWord = rest.find((word) => !word.startsWith('-'));
  if (daemons.includes(name)) return 'engine-command';
  // An agent of k3s starts containerd too.
  if (name === 'k3s' && (firstWord === 'server' || firstWord === 'agent')) return 'engine-command';
  if (name === 'nsenter' && entersPidOne(rest)) return 'engine-command';
  if (name === 'chroot' && isHostRoot(firstWord)) return 'engine-command';
  if (rootlessDaemons.includes(name)) return 'engine-command-text';
  if (name === 'podman' && servesPodman(rest)) return 'engine-command-text';
  if (name === 'kind' && firstWord === 'create') return 'engine-command-text';
  return undefined;
}

/** What a shell is told to run, and what the script gets as its own arguments, if the command line is that of a shell. */
function scriptOf(words: Words): Words | undefined {
  if (!shells.includes(baseName(words[0]))) return undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) return words.slice(i + 1);
    if (!/^[-+]/.test(word)) return undefined;
    if (/^[-+][A-Za-z]*o$/.test(word)) i++;
  }
  return undefined;
}

/** The words of each line of a text. */
function linesOf(script: string): readonly Words[] {
  return script
    .replaceAll('\\\n', ' ')
    .split(/[;&|\n()`{}]+/)
    .map((line) => line.split(/[\s<>"'$]+/).filter((word) => word !== ''));
}

/** Whether any word of a text, and what follows it in its line, would be a finding as a command line. */
function namesEngine(script: string): boolean {
  return linesOf(script).some((words) => {
    return words.some((word, i) => {
      // Which process a script enters, it may as well work out.
      return baseName(word) === 'nsenter' || judgeProgram(words.slice(i)) !== undefined;
    });
  });
}

/** What a command line is, looking through the programs that only start another one and into its words as scripts. */
export function judgeCommand(argv: Words): CommandJudgement {
  const words = unwrap(argv);
  const judgement = judgeProgram(words);
  if (judgement !== undefined) return judgement;
  const inside = judgeInside(words);
  if (inside === 'engine-command') return inside;
  const isText = (word: string): boolean => /[\s;|&`]/.test(word);
  const mentions = argv
    .flatMap((word) => (isText(word) ? linesOf(word).flat() : [word]))
    .some((word) => unmistakable.includes(baseName(word)));
  if (mentions || scriptOf(words)?.some(namesEngine)) return 'engine-command-text';
  // Whoever gets a text of several words may well run it.
  if (argv.some((word) => isText(word) && namesEngine(word))) return 'engine-command-text';
  return inside;
}

/** What is started by one that enters another root or other namespaces. */
function judgeInside(words: Words): CommandJudgement {
  const name = baseName(words[0]);
  const rest = words.slice(1);
  if (name === 'chroot') return judgeCommand(afterOptions(afterOptions(rest, []).slice(1), []));
  return name === 'nsenter' ? judgeCommand(afterOptions(rest, nsenterValues)) : undefined;
}
