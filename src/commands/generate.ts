import { buildCommand, buildRouteMap } from '@stricli/core';
import { reportFlags } from './report-flags.ts';

/** The flags of both commands of `pratique generate`. */
export interface GenerateFlags {
  readonly config?: string;
  readonly name: string;
  readonly exceptNamespace?: readonly string[];
}

/** The flags of `pratique generate vap`. */
export interface GenerateVapFlags extends GenerateFlags {
  readonly action: 'Audit' | 'Warn' | 'Deny';
}

const flags = {
  config: {
    ...reportFlags.config,
    brief: 'Configuration file, or the ConfigMap that holds it; the embedded default if absent',
  },
  name: { kind: 'parsed', parse: parseName, default: 'pratique', brief: 'Beginning of the names of the objects' },
  exceptNamespace: {
    kind: 'parsed',
    parse: parseName,
    variadic: true,
    optional: true,
    brief: 'Namespaces that must come up by themselves; kube-system, kube-node-lease and pratique if absent',
  },
} as const;
const aliases = { c: 'config' } as const;

const vapCommand = buildCommand<GenerateVapFlags>({
  loader: async () => ({ default: (await import('./generate-action.ts')).generateVap }),
  parameters: {
    flags: {
      ...flags,
      action: {
        kind: 'enum',
        values: ['Audit', 'Warn', 'Deny'],
        default: 'Audit',
        brief: 'What the API server does about a pod that the configuration denies',
      },
    },
    aliases,
  },
  docs: {
    brief: 'Print the safety net: ValidatingAdmissionPolicies of a configuration',
    fullDescription: [
      'The API server evaluates them by itself, also while no replica of the webhook answers. They hold the core of the',
      'checks in the namespaces that are enforced, with what the configuration allows and exempts left out; docs/safety-net.md',
      'says which. A check of which something cannot be said in CEL only warns: stderr and an annotation tell.',
      '',
      'Exit codes: 0 done, 2 the configuration cannot be read, or makes an expression that the API server would not take.',
      '',
      'Examples:',
      '  pratique generate vap --config pratique.yaml | kubectl apply -f -',
      '  pratique generate vap --config pratique.yaml --action Deny --except-namespace kube-system --except-namespace pratique',
    ].join('\n'),
  },
});

const mapCommand = buildCommand<GenerateFlags>({
  loader: async () => ({ default: (await import('./generate-action.ts')).generateMap }),
  parameters: { flags, aliases },
  docs: {
    brief: 'Print the MutatingAdmissionPolicy that grants the fuse device in place of the webhook',
    fullDescription: [
      'It does what /mutate does, and needs Kubernetes 1.36.',
      '',
      'Exit codes: 0 done, 2 the configuration cannot be read, or makes an expression that the API server would not take.',
      '',
      'Examples:',
      '  pratique generate map --config pratique.yaml | kubectl apply -f -',
    ].join('\n'),
  },
});

/** `pratique generate`: policies that the API server evaluates by itself. */
export const generateCommand = buildRouteMap({
  routes: { vap: vapCommand, map: mapCommand },
  docs: { brief: 'Print admission policies of a configuration, which need no webhook' },
});

/** It becomes part of names and selectors. */
function parseName(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) throw new Error(`"${text}" is no Kubernetes name`);
  return text;
}
