import { buildCommand } from '@stricli/core';
import { type Format, formats } from '../output/formats.ts';
import { type ReportFlags, reportAliases, reportFlags } from './report-flags.ts';

/** The flags of `pratique check`. */
export interface CheckFlags extends ReportFlags {
  readonly format: Format;
  readonly failOn: 'deny' | 'warn';
}

/** `pratique check`: the same engine on manifests, without a cluster. */
export const checkCommand = buildCommand<CheckFlags, string[]>({
  loader: async () => ({ default: (await import('./check-action.ts')).checkManifests }),
  parameters: {
    flags: {
      format: { kind: 'enum', values: formats, default: 'text', brief: 'What to print' },
      failOn: {
        kind: 'enum',
        values: ['deny', 'warn'],
        default: 'deny',
        brief: 'Exit with 1 on findings that are denied, or on those that are warned of as well',
      },
      config: reportFlags.config,
      profile: reportFlags.profile,
      mode: reportFlags.mode,
      namespace: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Namespace of the documents that name none',
      },
      output: reportFlags.output,
      color: reportFlags.color,
    },
    aliases: reportAliases,
    positional: {
      kind: 'array',
      parameter: { parse: String, brief: 'Files and folders; - for standard input', placeholder: 'path' },
      minimum: 1,
    },
  },
  docs: {
    brief: 'Say what would be denied, from manifests and without a cluster',
    fullDescription: [
      'Reads YAML and JSON as kubectl does: several documents, Lists, Helm and kustomize output on standard input. Pods,',
      'workloads and custom resources that hold pods are judged as they would be admitted; other kinds are passed over.',
      "GitLab's and GitHub's job files are warned of what they ask of a container engine.",
      '',
      'Exit codes: 0 clean, 1 something is denied (with --fail-on warn: or warned of), 2 arguments, configuration or a',
      'document cannot be read.',
      '',
      'Examples:',
      '  pratique check deploy/',
      '  helm template ./chart | pratique check --namespace ci -',
      '  pratique check --format sarif --output pratique.sarif .',
    ].join('\n'),
  },
});
