import { buildCommand } from '@stricli/core';

const formats = ['text', 'markdown', 'json'] as const;

/** The flags of `pratique explain`. */
export interface ExplainFlags {
  readonly format: (typeof formats)[number];
}

/** `pratique explain`: what the checks forbid, why, and what to do instead. */
export const explainCommand = buildCommand<ExplainFlags, [check?: string]>({
  loader: async () => ({ default: (await import('./explain-action.ts')).explainCheck }),
  parameters: {
    flags: {
      format: {
        kind: 'enum',
        values: formats,
        default: 'text',
        brief: 'text for a terminal, markdown as in the docs, or json',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          optional: true,
          brief: 'Id of the check, as in a denial; all are listed if absent',
          placeholder: 'check',
          proposeCompletions: async () =>
            (await import('../checks/registry.ts')).checks.map(({ id, title }) => `${id}\t${title}`),
        },
      ],
    },
  },
  docs: {
    brief: 'Tell what a check forbids, why, and what to do instead',
    fullDescription: [
      'Prints the fields that a check restricts and what may be there, why, what to write instead with an example, its',
      'settings, what the built-in profiles do about it, and what asks for the same in Pod Security Standards, Kyverno,',
      'Gatekeeper and Trivy. Without a check it lists them all; --format json then explains them all.',
      '',
      'Exit codes: 0 done, 2 there is no such check.',
      '',
      'Examples:',
      '  pratique explain host-path-protected',
      '  pratique explain --format markdown privileged > privileged.md',
      '  pratique explain --format json | jq -r \'.[] | select(.actions.dind == "deny") | .id\'',
    ].join('\n'),
  },
});
