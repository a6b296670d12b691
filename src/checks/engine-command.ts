import { mayStart, type Program, startedBy, unreadable } from '../matching/command.ts';
import { type Check, type Finding, none, type Shape } from './check.ts';
import {
  commandFields,
  commandLinesOf,
  knownCommands,
  type VisitCommand,
  variablesOf,
  visitCommands,
  wordAt,
  wordIn,
  wordsOf,
} from './commands.ts';

/** Forbids commands that are a container engine, or that lead out of the container to the node. */
export const engineCommand = {
  id: 'engine-command',
  title: 'Command starts a container engine or enters the node',
  severity: 'high',
  why:
    'A container that starts dockerd, containerd or a Kubernetes node of its own is docker-in-docker whatever its image ' +
    'is called, and one that runs nsenter on process 1 or chroot on the mounted node works outside of its container. ' +
    'A program in a script or under another name is not seen here: what bounds a pod are the checks of privilege.',
  remedy: 'Remove the command, and build with a rootless builder image or with kaniko.',
  gitlab:
    'Remove the `command:` or `entrypoint:` of the service or image in .gitlab-ci.yml, and build with a rootless ' +
    'builder image or with kaniko.',
  restricts: [
    {
      fields: commandFields,
      allowed:
        'every program but those listed, also behind wrappers such as tini and env and in variables that the kubelet ' +
        'expands, unless what they stand for is too long to be read (`unreadable`); what is inside of a script is ' +
        'left to engine-command-text',
      listed: commandLinesOf('engine'),
    },
  ],
  site: {},
  allow: {
    programs: { kind: 'names', description: 'Programs that may be started, such as `k3s server`.' },
  },
  find: {
    pod(subject): readonly Finding[] {
      let findings: Finding[] | undefined;
      const visit: VisitCommand = (container, command, args, field) => {
        const first = wordIn(command, args, 0);
        if (first === undefined || !mayStart(knownCommands, first, wordIn(command, args, 1))) return;
        const { programs } = startedBy(knownCommands, wordsOf(command, args), variablesOf(container, field));
        for (const { program, token, index } of programs) {
          if (program.kind !== 'engine') continue;
          findings ??= [];
          findings.push({
            check: 'engine-command',
            severity: 'high',
            pointer: wordAt(container, field, command, index),
            place: { container: container.name },
            message: `container "${container.name}" ${wordsFor(program, token)}`,
            value: token,
          });
        }
      };
      for (const container of subject.containers) visitCommands(container, visit);
      return findings ?? none;
    },
  },
  permits: ({ value }, { programs }) => programs?.has(value) === true,
} as const satisfies Check<Shape, { programs: { kind: 'names'; description: string } }>;

function wordsFor(program: Program, token: string): string {
  if (program === unreadable) return 'has a command line whose variables stand for more text than can be read';
  return `${program.reaches === undefined ? 'starts' : 'enters the node with'} ${token}`;
}
