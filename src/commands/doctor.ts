import { buildCommand } from '@stricli/core';
import { type ConnectionFlags, connectionFlags, type ReportFlags, reportAliases, reportFlags } from './report-flags.ts';

/** The flags of `pratique doctor`. */
export interface DoctorFlags extends Pick<ReportFlags, 'config' | 'output' | 'color'>, ConnectionFlags {
  readonly format: 'text' | 'json';
  readonly namespace: string;
  readonly name: string;
  readonly trust?: readonly string[];
}

/** `pratique doctor`: what is wrong with an installation. */
export const doctorCommand = buildCommand<DoctorFlags>({
  loader: async () => ({ default: (await import('./doctor-action.ts')).doctor }),
  parameters: {
    flags: {
      format: { kind: 'enum', values: ['text', 'json'], default: 'text', brief: 'What to print' },
      config: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Configuration file; the ConfigMap that the Deployment mounts if absent',
      },
      namespace: { kind: 'parsed', parse: parseName, default: 'pratique', brief: 'Namespace of the installation' },
      name: {
        kind: 'parsed',
        parse: parseName,
        default: 'pratique',
        brief: 'Name of its Deployment, its Service and its webhook configurations',
      },
      trust: {
        kind: 'parsed',
        parse: parseSubject,
        variadic: true,
        optional: true,
        brief: 'Who may write the webhook and its namespace: User:NAME, Group:NAME, ServiceAccount:NAMESPACE/NAME',
      },
      ...connectionFlags,
      output: reportFlags.output,
      color: reportFlags.color,
    },
    aliases: reportAliases,
  },
  docs: {
    brief: 'Say what is wrong with an installation',
    fullDescription: [
      'Looks at the webhook configurations, the safety net, the replicas, certificates, the RuntimeClass and the device,',
      'exemptions, who else may write them, other admission webhooks and policies, and DaemonSets; and says what is wrong, by',
      'what it knows that, and the command that mends it. Changes nothing.',
      '',
      'It needs the rights of deploy/doctor-rbac.yaml. What may not be read is told as not looked at.',
      '',
      'Exit codes: 0 nothing wrong, 1 errors or warnings, 2 arguments or configuration cannot be read, or nothing wrong was',
      'found where not everything could be looked at.',
      '',
      'Examples:',
      '  pratique doctor',
      '  pratique doctor --context production --namespace pratique --name pratique',
      '  pratique doctor --trust Group:platform-admins --trust ServiceAccount:argocd/argocd-application-controller',
      '  pratique doctor --format json --output doctor.json',
    ].join('\n'),
  },
});

/** It becomes part of paths. */
function parseName(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{0,252}$/.test(text)) throw new Error(`"${text}" is no name of an object`);
  return text;
}

function parseSubject(text: string): string {
  if (!/^(?:User:.|Group:.|ServiceAccount:[^/]+\/[^/]+$)/.test(text)) {
    throw new Error(`"${text}" is neither User:NAME nor Group:NAME nor ServiceAccount:NAMESPACE/NAME`);
  }
  return text;
}
