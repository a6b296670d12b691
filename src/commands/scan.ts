import { buildCommand } from '@stricli/core';
import { type ConnectionFlags, connectionFlags, type ReportFlags, reportAliases, reportFlags } from './report-flags.ts';

/** The formats of a scan: GitHub's annotations stand in files, of which a cluster has none. */
const scanFormats = ['text', 'json', 'sarif', 'junit'] as const;

/** The flags of `pratique scan`. */
export interface ScanFlags extends ReportFlags, ConnectionFlags {
  readonly format: (typeof scanFormats)[number];
  readonly failOn: 'deny' | 'warn' | 'never';
  readonly compare?: string;
  readonly reports?: 'write' | 'remove';
}

/** `pratique scan`: the same engine on what a cluster holds. */
export const scanCommand = buildCommand<ScanFlags>({
  loader: async () => ({ default: (await import('./scan-action.ts')).scan }),
  parameters: {
    flags: {
      format: { kind: 'enum', values: scanFormats, default: 'text', brief: 'What to print' },
      failOn: {
        kind: 'enum',
        values: ['deny', 'warn', 'never'],
        default: 'deny',
        brief: 'Exit with 1 on findings that are denied, on those that are warned of as well, or never',
      },
      config: reportFlags.config,
      compare: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Configuration file that --config is compared with; the built-in one if absent',
      },
      profile: reportFlags.profile,
      mode: reportFlags.mode,
      namespace: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'The one namespace to scan; all, and what is in none, if absent',
      },
      ...connectionFlags,
      reports: {
        kind: 'parsed',
        parse: parseReports,
        inferEmpty: true,
        optional: true,
        brief: 'Keep reports in the cluster (OpenReports, or PolicyReports); --reports=remove removes them all',
        placeholder: 'write|remove',
      },
      output: reportFlags.output,
      color: reportFlags.color,
    },
    aliases: reportAliases,
  },
  docs: {
    brief: 'Say what in a cluster would be denied, were it created anew',
    fullDescription: [
      'Reads workloads, pods, services, claims, PersistentVolumes, StorageClasses and RuntimeClasses, and judges them as if',
      'they were created anew: pods of one owner together, by its template. Then it says what would not come back if its',
      'node were replaced under enforcement, and, with --config, what that configuration would newly deny and admit.',
      '',
      'It needs the right to list these kinds (deploy/scan-rbac.yaml), and changes nothing; with --reports it keeps one',
      'report a namespace, and writes only what has changed since.',
      '',
      'Exit codes: 0 clean, 1 something is denied (--fail-on warn: or warned of; never: 0), 2 arguments, configuration or',
      'something in the cluster cannot be read.',
      '',
      'Examples:',
      '  pratique scan',
      '  pratique scan --namespace ci --config new.yaml --compare current.yaml',
      '  pratique scan --context production --format json --output scan.json',
      '  pratique scan --reports --fail-on never --output /dev/null',
    ].join('\n'),
  },
});

function parseReports(text: string): 'write' | 'remove' {
  if (text === '' || text === 'write') return 'write';
  if (text === 'remove') return 'remove';
  throw new Error(`"${text}" is neither write nor remove`);
}
