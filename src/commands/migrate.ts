import { buildCommand, buildRouteMap } from '@stricli/core';
import { type ConnectionFlags, connectionFlags, type ReportFlags, reportFlags } from './report-flags.ts';

/** The flags of `pratique migrate kyverno`. */
export interface MigrateFlags extends Pick<ReportFlags, 'output' | 'color'>, ConnectionFlags {
  readonly format: 'text' | 'json';
  readonly on?: readonly string[];
  readonly kyverno?: string;
  readonly differences: number;
  readonly configuration?: string;
  readonly live: boolean;
}

const kyvernoCommand = buildCommand<MigrateFlags, string[]>({
  loader: async () => ({ default: (await import('./migrate-action.ts')).migrateKyverno }),
  parameters: {
    flags: {
      format: { kind: 'enum', values: ['text', 'json'], default: 'text', brief: 'What to print' },
      on: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Manifests to show to both as well: files and folders',
      },
      kyverno: { kind: 'parsed', parse: String, optional: true, brief: "Kyverno's CLI; kyverno on PATH if absent" },
      differences: {
        kind: 'parsed',
        parse: parseCount,
        default: '3',
        brief: 'So many differing objects of each kind are told in text; JSON has all',
      },
      configuration: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'File to write the proposed configuration to; - for standard output in place of the report',
      },
      live: { kind: 'boolean', default: false, brief: 'Read the policies of a cluster' },
      ...connectionFlags,
      output: reportFlags.output,
      color: reportFlags.color,
    },
    aliases: { f: 'format', o: 'output' },
    positional: {
      kind: 'array',
      parameter: { parse: String, brief: 'Files and folders with policies; - for standard input', placeholder: 'path' },
    },
  },
  docs: {
    brief: "Say of Kyverno's policies, rule by rule, what covers them",
    fullDescription: [
      "Shows the cases of Pratique's own checks, and the manifests that --on names, to each rule by way of Kyverno's own CLI,",
      'and to the checks; and says which checks object to the same, with the configuration to write, or why the rule is left',
      'with Kyverno. Where the two differ, the objects are told with both reasons.',
      '',
      "The CLI is given no cluster, no credentials and no network. Without it only what a rule's text shows is told.",
      '',
      'Exit codes: 0 everything is covered, 1 something is left, looser or not proven, 2 arguments, policies or manifests',
      'cannot be read.',
      '',
      'Examples:',
      '  pratique migrate kyverno policies/',
      '  pratique migrate kyverno policies/ --on deploy/ --configuration pratique.yaml',
      '  pratique migrate kyverno --live --context production --format json',
    ].join('\n'),
  },
});

/** `pratique migrate`: the way from other policy engines. */
export const migrateCommand = buildRouteMap({
  routes: { kyverno: kyvernoCommand },
  docs: { brief: 'Say what becomes of the policies of another engine' },
});

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`"${text}" is no number`);
  return Number(text);
}
