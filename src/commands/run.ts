import {
  type Application,
  buildApplication,
  buildRouteMap,
  type Command,
  type CommandContext,
  type RouteMap,
  run,
  type StricliProcess,
} from '@stricli/core';
import { programVersion } from './version.ts';

type Route = Command<CommandContext> | RouteMap<CommandContext>;

/** Each command's module is only loaded when it is named, or when all of them are to be listed. */
const loaders: Readonly<Record<string, () => Promise<Route>>> = {
  check: async () => (await import('./check.ts')).checkCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
  config: async () => (await import('./config.ts')).configCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  generate: async () => (await import('./generate.ts')).generateCommand,
  journal: async () => (await import('./journal.ts')).journalCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  patch: async () => (await import('./patch.ts')).patchCommand,
  scan: async () => (await import('./scan.ts')).scanCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
};

/**
 * Runs the command that the arguments name, and sets the process' exit code: 2 for arguments that make no sense.
 *
 * `__complete WORD…` is for the scripts of `pratique completion`: it prints what could stand in place of the last word.
 */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const context: { readonly process: StricliProcess } = { process: { stdout: process.stdout, stderr: process.stderr } };
  const [named = '', ...words] = argv;
  if (named === '__complete') {
    const { proposalsFor } = await import('./complete.ts');
    const lines = await proposalsFor(await applicationFor(words[0] ?? ''), words, context);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return;
  }
  await run(await applicationFor(named), argv, context);
  const code = Number(context.process.exitCode ?? 0);
  // Stricli's own codes, about arguments and modules, are negative. What a command has set itself stays.
  process.exitCode ??= code < 0 ? 2 : code;
}

/** The program with the command of that name, or with all of them where there is none. */
export async function applicationFor(named: string): Promise<Application<CommandContext>> {
  const names = Object.hasOwn(loaders, named) ? [named] : Object.keys(loaders);
  const routes: Record<string, Route> = {};
  for (const name of names) {
    const route = await loaders[name]?.();
    if (route !== undefined) routes[name] = route;
  }
  const brief = 'Admission webhook that makes building container images in Kubernetes safe';
  return buildApplication(buildRouteMap({ routes, docs: { brief } }), {
    name: 'pratique',
    versionInfo: { currentVersion: programVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    documentation: { caseStyle: 'convert-camel-to-kebab' },
  });
}
