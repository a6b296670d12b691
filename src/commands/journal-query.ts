import { buildCommand, buildRouteMap, type Command, type CommandContext } from '@stricli/core';
import {
  catalogue,
  type ParameterName,
  parameterBriefs,
  type QuestionName,
  questionNames,
} from '../journal/queries/catalogue.ts';
import { type AnswerFlags, answerAliases, answerFlags, answerFormats } from './journal-answer-flags.ts';
import { type StoreFlags, storeFlags } from './journal-store.ts';

/** The flags of a question: its parameters as they were given. */
export type QueryFlags = StoreFlags &
  AnswerFlags & { readonly [P in ParameterName]?: string } & { readonly all?: boolean };

/** `pratique journal query …`: a command for each question. */
export const journalQueryCommand = buildRouteMap({
  routes: Object.fromEntries(questionNames.map((name) => [name, commandOf(name)])) as Readonly<
    Record<QuestionName, Command<CommandContext>>
  >,
  docs: { brief: 'Ask the journal' },
});

function commandOf(name: QuestionName): Command<CommandContext> {
  const { brief, parameters }: { readonly brief: string; readonly parameters: readonly ParameterName[] } =
    catalogue[name];
  const own = Object.fromEntries(
    parameters.map((parameter) => [
      parameter,
      { kind: 'parsed', parse: String, optional: true, brief: parameterBriefs[parameter] } as const,
    ]),
  );
  const flags = {
    ...own,
    ...(name === 'decisions'
      ? { all: { kind: 'boolean', optional: true, brief: 'All pages; in JSON a line each decision' } }
      : {}),
    ...storeFlags,
    ...answerFlags,
  };
  return buildCommand<QueryFlags>({
    loader: async () => {
      const { query } = await import('./journal-query-action.ts');
      return {
        default(this: CommandContext, given: QueryFlags) {
          return query.call(this, name, given);
        },
      };
    },
    // Which flags there are depends on the question, which the types of a command cannot follow.
    parameters: { flags, aliases: answerAliases } as never,
    docs: {
      brief,
      fullDescription: [
        `${brief}.`,
        '',
        'Times are in UTC. What is given with * is a pattern, and passes over the case.',
        `Formats: ${answerFormats.join(', ')}. In CSV a text that a spreadsheet would calculate has an apostrophe in front.`,
        '',
        'The journal is only read, also while `journal serve` writes it.',
        'Exit codes: 0 answered, 2 arguments make no sense or the journal cannot be read.',
      ].join('\n'),
    },
  });
}
