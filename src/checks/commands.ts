import { hostRoots, programs, wrappers } from '../facts/commands.ts';
import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import type { Container, ContainerAt } from '../kubernetes/subject.ts';
import { compileCommands, type Program } from '../matching/command.ts';
import type { Variable } from '../matching/variables.ts';

/** What is known of commands, for the checks of commands. */
export const knownCommands = compileCommands(programs, wrappers, hostRoots);

/** A command line of a container: its own, or one that the kubelet runs in it. */
export type VisitCommand = (
  container: ContainerAt,
  command: readonly string[],
  args: readonly string[],
  field: readonly string[],
) => void;

/** The fields in which a container, or a hook or probe of it, has a command line. */
export const commandFields: readonly string[] = [
  'spec.containers[*].{command,args}[*]',
  'spec.containers[*].lifecycle.{postStart,preStop}.exec.command[*]',
  'spec.containers[*].{livenessProbe,readinessProbe,startupProbe}.exec.command[*]',
];

const reached = { 'first-process': ' into process 1', 'host-root': ' into the file system of the node' } as const;

/** The programs of some kinds, as the check reference lists them. */
export function commandLinesOf(...kinds: readonly Program['kind'][]): readonly string[] {
  return programs
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ name, subcommands, reaches }) =>
      subcommands === undefined
        ? [name + (reaches === undefined ? '' : reached[reaches])]
        : subcommands.map((subcommand) => `${name} ${subcommand}`),
    );
}

const own: readonly string[] = [];
const empty: readonly string[] = [];
const hooks = [
  { hook: 'postStart', field: ['lifecycle', 'postStart', 'exec'] },
  { hook: 'preStop', field: ['lifecycle', 'preStop', 'exec'] },
] as const;
const probes = [
  { probe: 'livenessProbe', field: ['livenessProbe', 'exec'] },
  { probe: 'readinessProbe', field: ['readinessProbe', 'exec'] },
  { probe: 'startupProbe', field: ['startupProbe', 'exec'] },
] as const;

/** Visits the command lines of a container: command and args, lifecycle hooks, probes. */
export function visitCommands(container: ContainerAt, visit: VisitCommand): void {
  const { command, args, lifecycle } = container.value;
  if (command != null || args != null) visit(container, command ?? empty, args ?? empty, own);
  if (lifecycle != null) {
    for (const { hook, field } of hooks) visitExec(container, lifecycle[hook]?.exec, field, visit);
  }
  for (const { probe, field } of probes) visitExec(container, container.value[probe]?.exec, field, visit);
}

/**
 * The variables that the kubelet knows when it expands the words of a command line. For a probe it takes them as they are
 * written, and one that comes from elsewhere as empty (kubelet/container, ExpandContainerCommandOnlyStatic); the words of
 * a hook it does not expand.
 */
export function variablesOf({ value: { env } }: ContainerAt, field: readonly string[]): readonly Variable[] {
  if (env == null || field[0] === 'lifecycle') return [];
  return field === own ? env : env.map(({ name, value }) => ({ name, value, isVerbatim: true }));
}

/** Where a word of a command line is: in its command, or behind it in its args. */
export function wordAt(
  container: ContainerAt,
  field: readonly string[],
  command: readonly string[],
  index: number,
): Pointer {
  const inArgs = index >= command.length;
  return pointerTo(container.at, ...field, inArgs ? 'args' : 'command', inArgs ? index - command.length : index);
}

/** A word of a command line, without making one list of its words. */
export function wordIn(command: readonly string[], args: readonly string[], index: number): string | undefined {
  return index < command.length ? command[index] : args[index - command.length];
}

/** A command line as one list of words: without a command, arguments may well be what the image's entrypoint runs. */
export function wordsOf(command: readonly string[], args: readonly string[]): readonly string[] {
  if (args.length === 0) return command;
  return command.length === 0 ? args : [...command, ...args];
}

function visitExec(
  container: ContainerAt,
  exec: { readonly command?: Container['command'] | null } | null | undefined,
  field: readonly string[],
  visit: VisitCommand,
): void {
  if (exec?.command != null) visit(container, exec.command, empty, field);
}
