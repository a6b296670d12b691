import { buildChoiceParser, buildCommand } from '@stricli/core';

const shells = ['bash', 'zsh', 'fish'] as const;

/** A shell that completions are written for. */
export type Shell = (typeof shells)[number];

/** `pratique completion`: the scripts by which shells ask what could be typed next. */
export const completionCommand = buildCommand<Record<never, never>, [shell: Shell]>({
  loader: async () => ({ default: (await import('./completion-action.ts')).printScript }),
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: buildChoiceParser(shells),
          brief: 'bash, zsh or fish',
          placeholder: 'shell',
          proposeCompletions: () => shells,
        },
      ],
    },
  },
  docs: {
    brief: 'Print a script that completes commands, flags and checks in a shell',
    fullDescription: [
      'Prints a script for the shell to read when it starts. The script asks `pratique`, which must be found by that name,',
      'what could come next, and so never has to be renewed.',
      '',
      'Examples:',
      '  pratique completion bash >> ~/.bashrc',
      '  pratique completion zsh >> ~/.zshrc    # where compinit comes before',
      '  pratique completion fish > ~/.config/fish/completions/pratique.fish',
    ].join('\n'),
  },
});
