import { reportFlags } from './report-flags.ts';

/** The formats of an answer. */
export const answerFormats = ['text', 'json', 'csv'] as const;

/** Flags that say how an answer is written. */
export interface AnswerFlags {
  readonly format: (typeof answerFormats)[number];
  readonly output?: string;
}

/** Their parsers and help texts. */
export const answerFlags = {
  format: { kind: 'enum', values: answerFormats, default: 'text', brief: 'How to write the answer' },
  output: reportFlags.output,
} as const;

/** Their short forms. */
export const answerAliases = { f: 'format', o: 'output' } as const;
