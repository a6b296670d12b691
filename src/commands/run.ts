import {
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
  config: async () => (await import('./config.ts')).configCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  patch: async () => (await import('./patch.ts')).patchCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
};

/** Runs the command that the arguments name, and sets the process' exit code: 2 for arguments that make no sense. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const [named = ''] = argv;
  const names = Object.hasOwn(loaders, named) ? [named] : Object.keys(loaders);
  const routes: Record<string, Route> = {};
  for (const name of names) {
    const route = await loaders[name]?.();
    if (route !== undefined) routes[name] = route;
  }
  const brief = 'Admission webhook that makes building container images in Kubernetes safe';
  const application = buildApplication(buildRouteMap({ routes, docs: { brief } }), {
    name: 'pratique',
    versionInfo: { currentVersion: programVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    documentation: { caseStyle: 'convert-camel-to-kebab' },
  });
  const context: { readonly process: StricliProcess } = { process: { stdout: process.stdout, stderr: process.stderr } };
  await run(application, argv, context);
  const code = Number(context.process.exitCode ?? 0);
  // Stricli's own codes, about arguments and modules, are negative. What a command has set itself stays.
  process.exitCode ??= code < 0 ? 2 : code;
}
