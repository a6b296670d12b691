import type { ContainerAt } from '../kubernetes/subject.ts';
import { startedBy } from '../matching/command.ts';
import { mayMention, mentionedBy } from '../matching/command-text.ts';
import { type Check, type Finding, none, type Shape } from './check.ts';
import {
  commandFields,
  commandLinesOf,
  knownCommands,
  type VisitCommand,
  variablesOf,
  visitCommands,
  wordAt,
  wordsOf,
} from './commands.ts';

/** A longer word is a script, and worth remembering. */
const longestPlainWord = 64;

/** Tells of scripts and arguments that name a container engine, and of commands that start a builder's engine. */
export const engineCommandText = {
  id: 'engine-command-text',
  title: 'Script mentions a container engine',
  severity: 'low',
  why:
    'A script that starts a container engine, or goes to the node with nsenter or chroot, does what no other field of ' +
    'the pod tells. A text proves nothing, though: it may be a comment, and the engine may be harmless without ' +
    'privilege, as a rootless buildkitd is. So this is a hint of what a pod is for.',
  remedy: 'Build with a rootless builder image or with kaniko, and start no engine in the script.',
  gitlab:
    'Start no engine in `script:`, `before_script:` or `command:` of .gitlab-ci.yml; build with a rootless builder.',
  restricts: [
    {
      fields: commandFields,
      allowed:
        'every text that has none of those listed where a command could stand; a command that is an engine ' +
        'itself is left to engine-command',
      listed: commandLinesOf('engine', 'builder'),
    },
  ],
  site: {},
  allow: {
    programs: { kind: 'names', description: 'Programs that may be mentioned, such as `buildkitd`.' },
  },
  find: {
    pod(subject): readonly Finding[] {
      let findings: Finding[] | undefined;
      // The containers of a CI job often share one script: it is read once.
      let clean = '';
      const mentions = (words: readonly string[]): boolean => {
        for (const word of words) {
          if (word === clean) continue;
          if (mayMention(knownCommands, word)) return true;
          if (word.length > longestPlainWord) clean = word;
        }
        return false;
      };
      const visit: VisitCommand = (container, command, args, field) => {
        if (!mentions(command) && !mentions(args) && !mayExpand(container, command, args)) return;
        findings ??= [];
        findings.push(...findingsOf(container, command, args, field));
      };
      for (const container of subject.containers) visitCommands(container, visit);
      return findings ?? none;
    },
  },
  permits: ({ value }, { programs }) => programs?.has(value) === true,
} as const satisfies Check<Shape, { programs: { kind: 'names'; description: string } }>;

/** Whether a variable may bring in what the words do not say. */
function mayExpand({ value: { env } }: ContainerAt, command: readonly string[], args: readonly string[]): boolean {
  if (env == null || env.length === 0) return false;
  const refers = (word: string): boolean => word.includes('$(');
  return command.some(refers) || args.some(refers);
}

function findingsOf(
  container: ContainerAt,
  command: readonly string[],
  args: readonly string[],
  field: readonly string[],
): readonly Finding[] {
  const argv = wordsOf(command, args);
  const variables = variablesOf(container, field);
  const started = startedBy(knownCommands, argv, variables);
  const builders = started.programs.filter(({ program }) => program.kind === 'builder');
  const finding = (token: string, index: number, words: string): Finding => ({
    check: 'engine-command-text',
    severity: 'low',
    pointer: wordAt(container, field, command, index),
    place: { container: container.name },
    message: `container "${container.name}" ${words}`,
    value: token,
  });
  return [
    ...builders.map(({ token, index }) => finding(token, index, `starts ${token}`)),
    ...mentionedBy(knownCommands, argv, started, variables).map(({ token, index }) =>
      finding(token, index, `mentions ${token} in a command`),
    ),
  ];
}
