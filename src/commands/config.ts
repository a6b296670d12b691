import { buildCommand, buildRouteMap } from '@stricli/core';

/** The flags of `pratique config validate`. */
export interface ValidateFlags {
  readonly allowExpired: boolean;
}

const validate = buildCommand<ValidateFlags, [file: string]>({
  loader: async () => ({ default: (await import('./config-actions.ts')).validateConfiguration }),
  parameters: {
    flags: {
      allowExpired: { kind: 'boolean', default: false, brief: 'Exit with 0 although an exemption has expired' },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Configuration file; - for standard input', placeholder: 'file' }],
    },
  },
  docs: {
    brief: 'Tell everything that is wrong with a configuration',
    fullDescription:
      'Prints each problem with its place and what to write instead. Exit codes: 0 valid, 1 valid but an exemption has ' +
      'expired, 2 invalid or unreadable.',
  },
});

const show = buildCommand<Record<never, never>, [file?: string]>({
  loader: async () => ({ default: (await import('./config-actions.ts')).showConfiguration }),
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          optional: true,
          brief: 'Configuration file; - for standard input; the built-in one if absent',
          placeholder: 'file',
        },
      ],
    },
  },
  docs: {
    brief: 'Print a configuration with nothing left out',
    fullDescription:
      'Prints what is in force with a file: the built-in defaults with the file merged in. Valid input again.',
  },
});

const schema = buildCommand({
  loader: async () => ({ default: (await import('./config-actions.ts')).showSchema }),
  parameters: {},
  docs: { brief: 'Print the JSON Schema of a configuration file' },
});

/** `pratique config`: the configuration, before it is in force. */
export const configCommand = buildRouteMap({
  routes: { validate, show, schema },
  docs: { brief: 'Validate and print configurations' },
});
