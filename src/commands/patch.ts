import { buildCommand } from '@stricli/core';
import { reportFlags } from './report-flags.ts';

/** The flags of `pratique patch`. */
export interface PatchFlags {
  readonly format: 'yaml' | 'json' | 'json-patch' | 'diff';
  readonly config?: string;
  readonly namespace?: string;
}

/** `pratique patch`: what the mutation makes of a pod. */
export const patchCommand = buildCommand<PatchFlags, [file: string]>({
  loader: async () => ({ default: (await import('./patch-action.ts')).patchManifest }),
  parameters: {
    flags: {
      format: {
        kind: 'enum',
        values: ['yaml', 'json', 'json-patch', 'diff'],
        default: 'yaml',
        brief: 'The object as it would be, the RFC 6902 patch, or the fields that change',
      },
      config: reportFlags.config,
      namespace: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Namespace of the objects that name none; without it any namespace may ask',
      },
    },
    aliases: { f: 'format', n: 'namespace', c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'File with pods or workloads; - for standard input', placeholder: 'file' }],
    },
  },
  docs: {
    brief: 'Show what the mutation would make of pods',
    fullDescription: [
      'Pods that carry the label mount-fuse: "true" get the device, the sandbox class and a record of both; of a workload',
      'the template is shown as its pods would be. Everything else is printed as it is.',
      '',
      'Exit codes: 0 done, 1 a pod asks for the device and would be denied, 2 the file or the configuration cannot be read.',
      '',
      'Examples:',
      '  pratique patch --format diff pod.yaml',
      '  kubectl get pod build -o yaml | pratique patch --format json-patch -',
    ].join('\n'),
  },
});
