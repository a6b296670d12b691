import { buildCommand } from '@stricli/core';
import { parameterBriefs } from '../journal/queries/catalogue.ts';
import { type AnswerFlags, answerAliases, answerFlags } from './journal-answer-flags.ts';
import { type StoreFlags, storeFlags } from './journal-store.ts';

/** The flags of `pratique journal simulate`. */
export interface SimulateFlags extends StoreFlags, AnswerFlags {
  readonly config: string;
  readonly since?: string;
  readonly from?: string;
  readonly to?: string;
  readonly namespace?: string;
  readonly user?: string;
  readonly owner?: string;
  readonly limit?: string;
}

const parameter = (name: keyof typeof parameterBriefs) =>
  ({ kind: 'parsed', parse: String, optional: true, brief: parameterBriefs[name] }) as const;

/** `pratique journal simulate`: what another configuration would have decided. */
export const journalSimulateCommand = buildCommand<SimulateFlags>({
  loader: async () => ({ default: (await import('./journal-simulate-action.ts')).simulateJournal }),
  parameters: {
    flags: {
      config: { kind: 'parsed', parse: String, brief: 'Configuration file to try' },
      since: parameter('since'),
      from: parameter('from'),
      to: parameter('to'),
      namespace: parameter('namespace'),
      user: parameter('user'),
      owner: parameter('owner'),
      limit: parameter('limit'),
      ...storeFlags,
      ...answerFlags,
    },
    aliases: { ...answerAliases, c: 'config', n: 'namespace' },
  },
  docs: {
    brief: 'Say what another configuration would have denied and admitted',
    fullDescription: [
      'Judges the findings of recorded decisions anew, with the modes, actions, profiles, builder profiles, exemptions and',
      'allowances of a configuration file, and lists by workload what it would newly deny and newly admit. Exemptions that',
      'have expired by now exempt nothing.',
      '',
      'What cannot be judged is listed with the reason, and never taken for fine: a check that was not run when the record',
      'was made, lists that were cut, errors, pods that would have been mutated otherwise. Plain allows that nobody recorded',
      'are only counted.',
      '',
      'Exit codes: 0 answered, 2 arguments, configuration or journal cannot be read.',
      '',
      'Example:',
      '  pratique journal simulate --store /var/lib/pratique/journal --config new.yaml --since 7d',
    ].join('\n'),
  },
});
