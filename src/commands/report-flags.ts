import type { Mode } from '../config/policy.ts';

/** Flags of the commands that judge and report. */
export interface ReportFlags {
  readonly config?: string;
  readonly profile?: string;
  readonly mode?: Mode;
  readonly namespace?: string;
  readonly output?: string;
  readonly color: 'auto' | 'always' | 'never';
}

/** How those that mean the same in every such command are written. */
export const reportFlags = {
  config: { kind: 'parsed', parse: String, optional: true, brief: 'Configuration file; the built-in one if absent' },
  profile: { kind: 'parsed', parse: String, optional: true, brief: 'Profile for every namespace' },
  mode: { kind: 'enum', values: ['enforce', 'warn', 'audit'], optional: true, brief: 'Mode for every namespace' },
  output: { kind: 'parsed', parse: String, optional: true, brief: 'File to write to, in place of standard output' },
  color: { kind: 'enum', values: ['auto', 'always', 'never'], default: 'auto', brief: 'Colour in text' },
} as const;

/** Flags of the commands that ask a cluster. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** How they are written. */
export const connectionFlags = {
  kubeconfig: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: "Kubeconfig; found as kubectl finds it if absent, and else the pod's service account",
  },
  context: { kind: 'parsed', parse: String, optional: true, brief: 'Context of the kubeconfig' },
} as const;

/** Short forms of flags, the same in every such command. */
export const reportAliases = { f: 'format', n: 'namespace', o: 'output', c: 'config' } as const;
